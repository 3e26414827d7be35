// Fingerprints for processors with AVX512.
#include "base/fingerprint_loops.h"

namespace ptetool {

#ifdef __AVX512F__
const FingerprintLoops* const kFingerprintAvx512 = &kLoops;
#else
const FingerprintLoops* const kFingerprintAvx512 = nullptr;
#endif

}  // namespace ptetool
