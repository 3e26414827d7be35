// On x86 what cpuid says, and which registers the operating system saves (xgetbv); elsewhere what the system tells.
#include "ptetool/base/cpu.h"

#include <fmt/format.h>

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace ptetool {

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

#if defined(__x86_64__) || defined(__i386__)

namespace {

struct Words {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t d = 0;
};

Words leaf(std::uint32_t number, std::uint32_t sub) {
  Words words;
  if (__get_cpuid_count(number, sub, &words.a, &words.b, &words.c, &words.d) == 0) return {};
  return words;
}

std::string four_letters(std::uint32_t word) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>((word >> shift) & 0xff);
  return text;
}

// The register state that the operating system saves: vector registers that it does not are not used.
std::uint32_t saved_state() {
  constexpr std::uint32_t kOsxsave = 1u << 27;
  if ((leaf(1, 0).c & kOsxsave) == 0) return 0;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

std::string cpu_identity() {
  const Words maker = leaf(0, 0);
  const Words model = leaf(1, 0);  // b tells the core that asks
  const Words more = leaf(7, 0);
  return fmt::format("x86 {}{}{} {:08x} {:08x}{:08x} {:08x}{:08x}{:08x} {:08x} {:08x} {:x}", four_letters(maker.b),
                     four_letters(maker.d), four_letters(maker.c), model.a, model.c, model.d, more.b, more.c, more.d,
                     leaf(7, 1).a, leaf(0x80000001, 0).c, saved_state());
}

#elif defined(__linux__)

std::string cpu_identity() {
  return fmt::format("linux {:x} {:x} {}", ::getauxval(AT_HWCAP), ::getauxval(AT_HWCAP2), cpu_features());
}

#elif defined(__APPLE__)

std::string cpu_identity() {
  std::uint32_t family = 0;
  std::size_t size = sizeof(family);
  ::sysctlbyname("hw.cpufamily", &family, &size, nullptr, 0);
  return fmt::format("apple {:x} {}", family, cpu_features());
}

#else

std::string cpu_identity() { return "unknown " + cpu_features(); }

#endif

}  // namespace ptetool
