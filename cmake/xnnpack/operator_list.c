// The operators of a runtime, as a list of what they call.
//
// A token of a language model passes through some 1,500 operators, most of them over a few thousand numbers, and its
// weights push what describes them out of the caches: two kilobytes each and half a kilobyte of the runtime's, of which a
// run reads lines here and there. The list has what it reads side by side, some 250 bytes an operator. Operators on little
// are run by the calling thread, which takes less time than to wake another; products of matrices by all, as ever.
#include "operator_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "denormals.h"
#include "pthreadpool.h"
#include "xnnpack/compute.h"
#include "xnnpack/operator.h"
#include "xnnpack/subgraph.h"

// Values that a single thread goes through, in bytes: XNNPACK's tiles of operators by element are of 16 KiB.
#define MOST_BYTES 65536

// What an entry calls: operator_call runs an operator as XNNPACK does, from its own description.
enum kind { operator_call, range_1d, range_1d_tiled, range_2d, range_2d_tiled, range_3d, range_3d_tiled, matrix_product };

// Followed by the context, which ends at the next entry.
struct entry {
  uint32_t bytes;  // with the context
  enum kind kind;
  uint32_t index;   // of the operator's node
  uint32_t object;  // of the node's operators
  union {
    xnn_operator_t operator;
    pthreadpool_task_1d_t task_1d;
    pthreadpool_task_1d_tile_1d_t task_1d_tile_1d;
    pthreadpool_task_2d_t task_2d;
    pthreadpool_task_2d_tile_1d_t task_2d_tile_1d;
    pthreadpool_task_2d_tile_2d_t task_2d_tile_2d;
    pthreadpool_task_3d_t task_3d;
    pthreadpool_task_3d_tile_2d_t task_3d_tile_2d;
  };
  size_t range[3];
  size_t tile[2];
};

struct ptetool_operator_list {
  size_t bytes, capacity;
  char* entries;  // null before the second run
};

#define ALIGNMENT 16

// Of a context that can be copied; 0: this file does not know.
static size_t context_bytes(const struct xnn_operator* op) {
  switch (op->type) {
    case xnn_operator_type_binary_elementwise: return sizeof(struct elementwise_binary_context);
    case xnn_operator_type_copy_nc_x8:
    case xnn_operator_type_copy_nc_x16:
    case xnn_operator_type_copy_nc_x32:
    case xnn_operator_type_unary_elementwise:
    case xnn_operator_type_reciprocal_square_root:
      return sizeof(struct univector_contiguous_context) > sizeof(struct univector_strided_context)
                 ? sizeof(struct univector_contiguous_context)
                 : sizeof(struct univector_strided_context);
    case xnn_operator_type_mean_nd:
    case xnn_operator_type_sum_nd: return sizeof(struct reduce_context);
    case xnn_operator_type_slice_nd_x8:
    case xnn_operator_type_slice_nd_x16:
    case xnn_operator_type_slice_nd_x32: return sizeof(struct slice_context);
    case xnn_operator_type_convert_nc_f16_qd8: return sizeof(struct f16_qd8_convert_context);
    case xnn_operator_type_convert_nc_f32_qd8: return sizeof(struct f32_qd8_convert_context);
    case xnn_operator_type_fully_connected_nc_f16:
    case xnn_operator_type_fully_connected_nc_f32:
    case xnn_operator_type_fully_connected_nc_qd8_f16_qb4w:
    case xnn_operator_type_fully_connected_nc_qd8_f16_qc4w:
    case xnn_operator_type_fully_connected_nc_qd8_f16_qc8w:
    case xnn_operator_type_fully_connected_nc_qd8_f32_qb4w:
    case xnn_operator_type_fully_connected_nc_qd8_f32_qc4w:
    case xnn_operator_type_fully_connected_nc_qd8_f32_qc8w: return sizeof(struct gemm_context);
    default: return 0;
  }
}

static enum kind kind_of(enum xnn_parallelization_type type) {
  switch (type) {
    case xnn_parallelization_type_1d: return range_1d;
    case xnn_parallelization_type_1d_tile_1d: return range_1d_tiled;
    case xnn_parallelization_type_2d: return range_2d;
    case xnn_parallelization_type_2d_tile_1d: return range_2d_tiled;
    case xnn_parallelization_type_2d_tile_2d: return matrix_product;
    case xnn_parallelization_type_3d: return range_3d;
    case xnn_parallelization_type_3d_tile_2d: return range_3d_tiled;
    default: return operator_call;
  }
}

// The largest of an operator's values.
static size_t most_bytes(const struct xnn_runtime* runtime, const struct xnn_operator_data* data) {
  size_t most = 0;
  for (size_t i = 0; i < data->num_inputs + data->num_outputs; i++) {
    const uint32_t id = i < data->num_inputs ? data->inputs[i] : data->outputs[i - data->num_inputs];
    const size_t bytes = xnn_tensor_get_size(&runtime->values[id]);
    if (bytes > most) {
      most = bytes;
    }
  }
  return most;
}

static bool can_be_listed(const struct xnn_runtime* runtime, const struct xnn_operator_data* data,
                          const struct xnn_operator* op) {
  if (op->state != xnn_run_state_ready || context_bytes(op) == 0 || (op->flags & XNN_FLAG_YIELD_WORKERS)) {
    return false;
  }
  bool is_product = false;
  for (size_t i = 0; i < XNN_MAX_COMPUTE_INVOCATIONS; i++) {
    const struct compute_parameters* compute = &op->compute[i];
    if (compute->type == xnn_parallelization_type_invalid) {
      continue;
    }
    const enum kind kind = kind_of(compute->type);
    if (kind == operator_call || compute->context_offset != 0) {
      return false;
    }
    is_product = is_product || kind == matrix_product;
  }
  return is_product || most_bytes(runtime, data) <= MOST_BYTES;
}

// Adds an entry and `bytes` of a context.
static bool append(struct ptetool_operator_list* list, struct entry entry, const void* context, size_t bytes) {
  entry.bytes = (uint32_t) ((sizeof entry + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  if (list->capacity - list->bytes < entry.bytes) {
    const size_t capacity = 2 * list->capacity + entry.bytes;
    char* entries = realloc(list->entries, capacity);
    if (entries == NULL) {
      return false;
    }
    list->entries = entries;
    list->capacity = capacity;
  }
  char* end = list->entries + list->bytes;
  memcpy(end, &entry, sizeof entry);
  if (bytes != 0) {
    memcpy(end + sizeof entry, context, bytes);
  }
  list->bytes += entry.bytes;
  return true;
}

static bool append_operator(struct ptetool_operator_list* list, const struct xnn_runtime* runtime, uint32_t index,
                            uint32_t object) {
  const struct xnn_operator_data* data = &runtime->opdata[index];
  const xnn_operator_t op = data->operator_objects[object];
  struct entry entry = {.kind = operator_call, .index = index, .object = object};
  if (!can_be_listed(runtime, data, op)) {
    entry.operator = op;
    return append(list, entry, NULL, 0);
  }
  for (size_t i = 0; i < XNN_MAX_COMPUTE_INVOCATIONS; i++) {
    const struct compute_parameters* compute = &op->compute[i];
    if (compute->type == xnn_parallelization_type_invalid) {
      continue;
    }
    entry.kind = kind_of(compute->type);
    entry.task_1d = compute->task_1d;
    memcpy(entry.range, compute->range, sizeof entry.range);
    memcpy(entry.tile, compute->tile, sizeof entry.tile);
    if (!append(list, entry, &op->context, context_bytes(op))) {
      return false;
    }
  }
  return true;
}

static bool make_list(struct ptetool_operator_list* list, const struct xnn_runtime* runtime) {
  for (size_t i = 0; i < runtime->num_ops; i++) {
    for (size_t j = 0; j < XNN_MAX_OPERATOR_OBJECTS; j++) {
      if (runtime->opdata[i].operator_objects[j] != NULL &&
          !append_operator(list, runtime, (uint32_t) i, (uint32_t) j)) {
        return false;
      }
    }
  }
  return true;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

#define EACH(i, dimension) for (size_t i = 0; i < entry->range[dimension]; i++)
#define EACH_TILE(i, dimension, step) for (size_t i = 0; i < entry->range[dimension]; i += entry->tile[step])
#define TILE(i, dimension, step) least(entry->tile[step], entry->range[dimension] - i)

static enum xnn_status run(const struct entry* entry, pthreadpool_t threadpool) {
  void* context = (void*) (entry + 1);
  switch (entry->kind) {
    case operator_call: return xnn_run_operator_with_index(entry->operator, entry->index, entry->object, threadpool);
    case range_1d: EACH(i, 0) entry->task_1d(context, i); break;
    case range_1d_tiled: EACH_TILE(i, 0, 0) entry->task_1d_tile_1d(context, i, TILE(i, 0, 0)); break;
    case range_2d: EACH(i, 0) EACH(j, 1) entry->task_2d(context, i, j); break;
    case range_2d_tiled:
      EACH(i, 0) EACH_TILE(j, 1, 0) entry->task_2d_tile_1d(context, i, j, TILE(j, 1, 0));
      break;
    case range_3d: EACH(i, 0) EACH(j, 1) EACH(k, 2) entry->task_3d(context, i, j, k); break;
    case range_3d_tiled:
      EACH(i, 0) EACH_TILE(j, 1, 0) EACH_TILE(k, 2, 1) {
        entry->task_3d_tile_2d(context, i, j, k, TILE(j, 1, 0), TILE(k, 2, 1));
      }
      break;
    case matrix_product:
      pthreadpool_parallelize_2d_tile_2d(threadpool, entry->task_2d_tile_2d, context, entry->range[0], entry->range[1],
                                         entry->tile[0], entry->tile[1], PTHREADPOOL_FLAG_DISABLE_DENORMALS);
      break;
  }
  return xnn_status_success;
}

bool ptetool_run_list(xnn_runtime_t runtime, xnn_timestamp (*now)(void), enum xnn_status* status) {
  if (!CAN_DISABLE_DENORMALS) {
    return false;
  }
  if (runtime->operator_list == NULL) {
    runtime->operator_list = calloc(1, sizeof *runtime->operator_list);
    return false;
  }
  struct ptetool_operator_list* list = runtime->operator_list;
  if (list->entries == NULL && !make_list(list, runtime)) {
    ptetool_forget_list(runtime);
    return false;
  }
  const float_state state = without_denormals();
  *status = xnn_status_success;
  for (size_t at = 0; at != list->bytes && *status == xnn_status_success;) {
    const struct entry* entry = (const struct entry*) (list->entries + at);
    at += entry->bytes;
    *status = run(entry, runtime->threadpool);
    if (runtime->profiling) {
      runtime->opdata[entry->index].end_ts[entry->object] = now();
    }
  }
  restore(state);
  return true;
}

void ptetool_forget_list(xnn_runtime_t runtime) {
  if (runtime->operator_list != NULL) {
    free(runtime->operator_list->entries);
    free(runtime->operator_list);
    runtime->operator_list = NULL;
  }
}
