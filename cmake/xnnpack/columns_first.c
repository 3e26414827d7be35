// The order in which tiles of a product are computed: XNNPACK goes through all columns for every few rows, and so reads
// weights that are larger than a core's cache once per few rows. Here all rows are computed for as many columns as the
// cache holds the weights of.
#include <stddef.h>

#include "xnnpack/common.h"
#include "xnnpack/compute.h"
#include "xnnpack/operator.h"
#include "columns_first.h"

// About half of the second-level cache of today's CPUs.
static const size_t cached_weights = 512 * 1024;

#define BY_COLUMNS(name, context_type)                                                                           \
  static void name##_by_columns(const struct context_type* context, size_t first_column, size_t first_row,      \
                                size_t columns, size_t rows) {                                                   \
    xnn_compute_##name(context, first_row, first_column, rows, columns);                                         \
  }

BY_COLUMNS(gemm, gemm_context)
BY_COLUMNS(dqgemm, gemm_context)
BY_COLUMNS(igemm, igemm_context)
BY_COLUMNS(dqigemm, igemm_context)

void ptetool_columns_first(struct compute_parameters* compute, size_t column_bytes, size_t nr) {
  static const struct {
    pthreadpool_task_2d_tile_2d_t by_rows, by_columns;
  } tasks[] = {
      {(pthreadpool_task_2d_tile_2d_t) xnn_compute_gemm, (pthreadpool_task_2d_tile_2d_t) gemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t) xnn_compute_dqgemm, (pthreadpool_task_2d_tile_2d_t) dqgemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t) xnn_compute_igemm, (pthreadpool_task_2d_tile_2d_t) igemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t) xnn_compute_dqigemm, (pthreadpool_task_2d_tile_2d_t) dqigemm_by_columns},
  };
  if (compute->type != xnn_parallelization_type_2d_tile_2d || column_bytes == 0) return;
  const size_t rows = compute->range[0], columns = compute->range[1];
  const size_t row_tile = compute->tile[0], column_tile = compute->tile[1];
  if (rows <= row_tile || columns <= cached_weights / column_bytes) return;
  for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
    if (compute->task_2d_tile_2d != tasks[i].by_rows) continue;
    size_t cached = cached_weights / column_bytes / nr * nr;
    if (cached < nr) cached = nr;
    compute->task_2d_tile_2d = tasks[i].by_columns;
    compute->range[0] = columns;
    compute->range[1] = rows;
    compute->tile[0] = column_tile < cached ? column_tile : cached;
    compute->tile[1] = row_tile;
    return;
  }
}
