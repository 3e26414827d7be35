// Denormal numbers count as zero while operators run, as pthreadpool has it.
#pragma once

#include <stdint.h>

#if defined(__SSE__) || defined(__x86_64__)
#include <xmmintrin.h>
#define CAN_DISABLE_DENORMALS 1
typedef unsigned int float_state;
static inline float_state without_denormals(void) {
  const float_state state = _mm_getcsr();
  _mm_setcsr(state | 0x8040);  // flush to zero, denormals are zero
  return state;
}
static inline void restore(float_state state) { _mm_setcsr(state); }
#elif defined(__aarch64__) && defined(__GNUC__)
#define CAN_DISABLE_DENORMALS 1
typedef uint64_t float_state;
static inline float_state without_denormals(void) {
  float_state state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  __asm__ volatile("msr fpcr, %0" : : "r"(state | (UINT64_C(1) << 24)));
  return state;
}
static inline void restore(float_state state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }
#else
#define CAN_DISABLE_DENORMALS 0
typedef int float_state;
static inline float_state without_denormals(void) { return 0; }
static inline void restore(float_state state) { (void) state; }
#endif
