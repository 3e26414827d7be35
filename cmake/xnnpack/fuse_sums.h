// Sums behind convolutions, done by the convolution's kernel while it stores.
#pragma once

#include <stdint.h>

#include "xnnpack.h"

struct xnn_operator;
struct xnn_operator_data;
struct xnn_value;

// Of a sum: its inputs have one shape, whatever shapes the graph will get; and of a convolution and its operator: the last
// input is added to the result. lib/xnnpack sets it where this build is used.
#define PTETOOL_FLAG_ADDEND 0x10000000

// Lets convolutions add what a node behind them adds to their results. Consumers and producers must have been analysed.
void ptetool_fuse_sums(xnn_subgraph_t subgraph);

// Whether the matrix that a convolution adds has the shape of its result.
int ptetool_addend_fits(const struct xnn_operator_data* data, const struct xnn_value* values);
// After the operator of a convolution has been set up: the matrix that it adds.
void ptetool_set_addend(const struct xnn_operator_data* data, const struct xnn_value* values);
