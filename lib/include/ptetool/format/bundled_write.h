// Writes a bundled program with another program inside (format-facts 7.1): the same tests around it.
#pragma once

#include "ptetool/format/bundled.h"
#include "ptetool/format/image.h"

namespace ptetool::bundled {

// The tests of `source` around `program`, whose views must stay valid until the image is written. Errors: Unsupported
// (a bundle of v0.1, or values of a kind that nobody here knows), Limit (more than a flatbuffer can hold).
Result<format::FileImage> make_bundle(const BundledProgram& source, format::FileImage program);

// Can the tests be written? Errors: Unsupported, as make_bundle() has them.
Result<> writable(const BundledProgram& source);

// The same tests: methods, inputs and expected outputs?
bool same_tests(const BundledProgram& a, const BundledProgram& b);

}  // namespace ptetool::bundled
