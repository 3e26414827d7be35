// Memory of mapped files, given back while it is not needed.
#pragma once

#include "ptetool/base/file.h"

namespace ptetool {

// Gives back the memory of a part of a mapped file, as far as it is whole pages; they are read again when they are
// touched. Other files keep theirs.
void release_pages(const File& file, ByteView part);

}  // namespace ptetool
