#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Are all of these bfloat16 numbers positive and normal?
bool ptetool_normal_scales(const uint16_t* scales, size_t count);
