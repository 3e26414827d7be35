// Fingerprints for processors with AVX2.
#include "base/fingerprint_loops.h"

namespace ptetool {

#ifdef __AVX2__
const FingerprintLoops* const kFingerprintAvx2 = &kLoops;
#else
const FingerprintLoops* const kFingerprintAvx2 = nullptr;
#endif

}  // namespace ptetool
