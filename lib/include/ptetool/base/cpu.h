// What this machine's processor is, as far as kernels are chosen by it.
#pragma once

#include <string>

namespace ptetool {

// The features that people know by name, for --version: "avx2 fma avx512f"; "none known" if there are none.
std::string cpu_features();

// One line that differs wherever a kernel library might choose other kernels: maker, model and every feature word that
// the processor and the operating system report. Compared, never taken apart.
std::string cpu_identity();

}  // namespace ptetool
