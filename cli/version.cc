#include "version.h"

#include "ptetool/version.h"

namespace ptetool::cli {

namespace {

// The features of this machine's processor that the kernels choose by.
std::string cpu_features() {
  std::string names;
  [[maybe_unused]] const auto add = [&](bool present, const char* name) {
    if (present) names += (names.empty() ? "" : " ") + std::string(name);
  };
#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init();
  add(__builtin_cpu_supports("sse4.1") != 0, "sse4.1");
  add(__builtin_cpu_supports("avx") != 0, "avx");
  add(__builtin_cpu_supports("avx2") != 0, "avx2");
  add(__builtin_cpu_supports("fma") != 0, "fma");
  add(__builtin_cpu_supports("avx512f") != 0, "avx512f");
  add(__builtin_cpu_supports("avx512bw") != 0, "avx512bw");
  add(__builtin_cpu_supports("avx512vnni") != 0, "avx512vnni");
#elif defined(__aarch64__)
  add(true, "neon");
#endif
  return names.empty() ? "none known" : names;
}

}  // namespace

std::string version_text() {
  std::string text = "ptetool " + std::string(kVersion) + "\n";
  text += "XNNPACK   " + std::string(kXnnpackVersion) + "\n";
  text +=
      "formats   ET12 (program), FT01 (data file, v0.6 and since), BP08 (bundled program), ED00 (ETDump), XN00 and "
      "XN01 (XNNPACK)\n";
  text += "CPU       " + cpu_features() + "\n";
  return text;
}

}  // namespace ptetool::cli
