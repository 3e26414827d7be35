// The check of the scales of blockwise quantised weights, many at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Are all of these bfloat16 numbers positive and normal?
bool ptetool_normal_scales(const uint16_t* scales, size_t count);
