// Included ahead of every kernel for AMX: loading a tile reads memory, which GCC's intrinsics do not say. Without this
// GCC leaves away, or moves, the stores of what is loaded.
#pragma once

#include <immintrin.h>

#ifdef _tile_loadd_internal
#undef _tile_loadd
#define _tile_loadd(tile, base, stride)       \
  do {                                        \
    __asm__ volatile("" ::: "memory");        \
    _tile_loadd_internal(tile, base, stride); \
  } while (0)
#endif
