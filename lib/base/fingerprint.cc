// Fingerprints with the widest vectors that this machine has: with narrow ones the hash is slower than memory.
#include "base/fingerprint_loops.h"
#include "ptetool/base/hash.h"

namespace ptetool {

namespace {

const FingerprintLoops& loops() {
  static const FingerprintLoops& widest = []() -> const FingerprintLoops& {
#if defined(__x86_64__)
    if (kFingerprintAvx512 && __builtin_cpu_supports("avx512f")) return *kFingerprintAvx512;
    if (kFingerprintAvx2 && __builtin_cpu_supports("avx2")) return *kFingerprintAvx2;
#endif
    return kLoops;
  }();
  return widest;
}

}  // namespace

Fingerprint fingerprint(ByteView bytes) {
  const XXH128_hash_t hash = loops().whole(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

struct Fingerprinter::State {
  XXH3_state_t hash;
};

Fingerprinter::Fingerprinter() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->hash); }
Fingerprinter::~Fingerprinter() = default;

void Fingerprinter::add(ByteView block) { loops().add(state_->hash, block.data(), block.size()); }

Fingerprint Fingerprinter::finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  return {hash.high64, hash.low64};
}

}  // namespace ptetool
