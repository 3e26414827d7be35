#pragma once

#include "xnnpack/operator-type.h"
#include "xnnpack/operator.h"

// Gives a convolution of dynamically quantised images zeros for each image of a batch. False: out of memory.
bool ptetool_zero_buffers(xnn_operator_t op, size_t batch_size);
