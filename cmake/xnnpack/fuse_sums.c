// Sums behind convolutions, as in residual networks: the kernels of f32_12x32_avx512f.c add while they store, which saves
// writing and reading the convolution's result. The clamp behind such a sum becomes the convolution's in XNNPACK's own way.
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "columns_first.h"
#include "fuse_sums.h"
#include "xnnpack/common.h"
#include "xnnpack/config.h"
#include "xnnpack/microkernel-type.h"
#include "xnnpack/node-type.h"
#include "xnnpack/operator.h"
#include "xnnpack/subgraph.h"

static int kernels_can_add(void) {
  const struct xnn_gemm_config* config = xnn_init_f32_gemm_config();
  return config != NULL && config->mr != 0 &&
         ptetool_is_wide_kernel((void (*)(void))config->minmax.gemm[config->mr - 1].function[XNN_UARCH_DEFAULT]) &&
         ptetool_is_wide_kernel((void (*)(void))config->minmax.igemm[config->mr - 1].function[XNN_UARCH_DEFAULT]);
}

static int same_shape(const struct xnn_value* a, const struct xnn_value* b) {
  if (a->shape.num_dims != b->shape.num_dims) return 0;
  for (size_t i = 0; i < a->shape.num_dims; i++) {
    if (a->shape.dim[i] != b->shape.dim[i]) return 0;
  }
  return 1;
}

static int is_plain(const struct xnn_value* value) {
  return value->datatype == xnn_datatype_fp32 && value->layout == xnn_layout_type_nhwc;
}

// The convolution whose result nobody else sees; NULL: there is none that could add.
static struct xnn_node* convolution_of(xnn_subgraph_t subgraph, const struct xnn_value* value) {
  if (value->producer == XNN_INVALID_NODE_ID || value->num_consumers != 1 || xnn_value_is_external_output(value)) return NULL;
  struct xnn_node* node = &subgraph->nodes[value->producer];
  if (node->type != xnn_node_type_convolution_2d || node->num_inputs != 3 || node->num_outputs != 1) return NULL;
  if (node->params.convolution_2d.groups != 1 || node->activation.output_min != -INFINITY ||
      node->activation.output_max != INFINITY)
    return NULL;
  // One channel from one is computed by other kernels.
  if (node->params.convolution_2d.group_input_channels == 1 && node->params.convolution_2d.group_output_channels == 1)
    return NULL;
  for (size_t i = 0; i < node->num_inputs; i++) {
    if (!is_plain(&subgraph->values[node->inputs[i]])) return NULL;
  }
  return node;
}

static int made_before(const struct xnn_value* value, const struct xnn_node* node) {
  return xnn_value_is_external_input(value) || (value->producer != XNN_INVALID_NODE_ID && value->producer < node->id);
}

void ptetool_fuse_sums(xnn_subgraph_t subgraph) {
  if (!kernels_can_add()) return;
  for (uint32_t i = 0; i < subgraph->num_nodes; i++) {
    struct xnn_node* sum = &subgraph->nodes[i];
    if (sum->type != xnn_node_type_binary_elementwise || sum->binary_operator != xnn_binary_add) continue;
    if ((sum->flags & PTETOOL_FLAG_ADDEND) == 0) continue;
    struct xnn_value* result = &subgraph->values[sum->outputs[0]];
    if (!is_plain(result) || result->shape.num_dims != 4 || sum->inputs[0] == sum->inputs[1]) continue;
    for (size_t side = 0; side < 2; side++) {
      struct xnn_value* product = &subgraph->values[sum->inputs[side]];
      const struct xnn_value* addend = &subgraph->values[sum->inputs[1 - side]];
      struct xnn_node* convolution = convolution_of(subgraph, product);
      if (convolution == NULL || !is_plain(addend) || xnn_value_is_static(addend)) continue;
      if (!made_before(addend, convolution)) continue;
      convolution->inputs[convolution->num_inputs++] = addend->id;
      convolution->outputs[0] = result->id;
      convolution->flags |= PTETOOL_FLAG_ADDEND;
      result->producer = convolution->id;
      xnn_node_clear(sum);
      xnn_value_clear(product);
      break;
    }
  }
}

int ptetool_addend_fits(const struct xnn_operator_data* data, const struct xnn_value* values) {
  if ((data->operator_objects[0]->flags & PTETOOL_FLAG_ADDEND) == 0) return 1;
  return same_shape(&values[data->inputs[data->num_inputs - 1]], &values[data->outputs[0]]);
}

void ptetool_set_addend(const struct xnn_operator_data* data, const struct xnn_value* values) {
  struct xnn_operator* op = data->operator_objects[0];
  if ((op->flags & PTETOOL_FLAG_ADDEND) == 0) return;
  const void* addend = values[data->inputs[data->num_inputs - 1]].data;
  if (op->ukernel.type == xnn_microkernel_type_gemm) {
    op->context.gemm.gemm.gemm.beside.addend = addend;
  } else {
    op->context.igemm.igemm.beside.addend = addend;
  }
}
