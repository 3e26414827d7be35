// XXH3 with 128 bits as compiled for one width of vectors. The width makes no difference to the numbers, nor to the
// state between two blocks. Included once by each file that is compiled for a width; these include nothing else, so
// that no function of a library is compiled for an instruction set that the machine may lack.
#pragma once

// A KiB ahead is better for what comes from memory than what the library takes for narrow vectors.
#define XXH_PREFETCH_DIST 1024
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace ptetool {

struct FingerprintLoops {
  XXH128_hash_t (*whole)(const std::uint8_t* bytes, std::size_t size);
  void (*add)(XXH3_state_t& state, const std::uint8_t* bytes, std::size_t size);
};

// Null where the compiler was not asked for the instruction set.
extern const FingerprintLoops* const kFingerprintAvx2;
extern const FingerprintLoops* const kFingerprintAvx512;

namespace {

[[maybe_unused]] constexpr FingerprintLoops kLoops = {
    [](const std::uint8_t* bytes, std::size_t size) { return XXH3_128bits(bytes, size); },
    [](XXH3_state_t& state, const std::uint8_t* bytes, std::size_t size) { XXH3_128bits_update(&state, bytes, size); },
};

}  // namespace

}  // namespace ptetool
