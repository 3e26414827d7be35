// The order in which tiles of a product are computed: XNNPACK goes through all columns for every few rows, and so reads
// weights that are larger than a core's cache once per few rows. Here all rows are computed for as many columns as the
// cache holds the weights of; while a core computes them, it asks for the weights of the next columns, a part with every
// tile of rows: memory would otherwise have nothing to do but for the first tile, and that one would wait for it.
#include <stddef.h>
#include <stdint.h>

#include "columns_first.h"
#include "f32_12x32.h"
#include "xnnpack/common.h"
#include "xnnpack/compute.h"
#include "xnnpack/gemm.h"
#include "xnnpack/igemm.h"
#include "xnnpack/operator.h"

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

#if XNN_ARCH_X86_64
static struct ptetool_kernel_beside beside_of(const struct ptetool_beside* beside, const void* w, const void* result) {
  return (struct ptetool_kernel_beside){
      .next = w,
      .next_step = 0,
      .addend_offset = beside->addend == NULL ? 0 : (const char*)beside->addend - (const char*)result,
  };
}

// Of the weights behind these `bytes`, the part of the tile that begins at first_row. Behind the last there are other
// weights, or nothing that it hurts to ask for.
static void ask_for_next(struct ptetool_kernel_beside* kernel, const struct ptetool_beside* beside, const void* w,
                         size_t bytes, size_t first_row, size_t row_tile) {
  const size_t part = bytes / beside->row_tiles;
  kernel->next = (const char*)((uintptr_t)w + bytes + first_row / row_tile * part);
  // A kernel reads a line of 32 columns for each row of weights.
  kernel->next_step = 32 * sizeof(float) / beside->row_tiles;
}

static void gemm_tile(const struct gemm_context* context, size_t first_row, size_t first_column, size_t rows,
                      size_t columns, int by_columns) {
  const void* w = (const void*)((uintptr_t)context->packed_w + first_column * context->w_stride);
  struct ptetool_kernel_beside beside = beside_of(&context->beside, w, context->c);
  if (by_columns)
    ask_for_next(&beside, &context->beside, w, columns * context->w_stride, first_row, context->beside.row_tile);
  ptetool_f32_gemm_12x32(
      rows, columns, context->k_scaled, (const float*)((uintptr_t)context->a + first_row * context->a_stride),
      context->a_stride, w,
      (float*)((uintptr_t)context->c + first_row * context->cm_stride + (first_column << context->log2_csize)),
      context->cm_stride, context->cn_stride, context->fused_params, &beside);
}

static void igemm_tile(const struct igemm_context* context, size_t batch, size_t first_row, size_t first_column,
                       size_t rows, size_t columns, int by_columns) {
  const void* w = (const void*)((uintptr_t)context->packed_w + first_column * context->w_stride);
  struct ptetool_kernel_beside beside = beside_of(&context->beside, w, context->c);
  if (by_columns)
    ask_for_next(&beside, &context->beside, w, columns * context->w_stride, first_row, context->beside.row_tile);
  ptetool_f32_igemm_12x32(
      rows, columns, context->kc, context->ks_scaled,
      (const float**)((uintptr_t)context->indirect_a + first_row * context->ks * sizeof(void*)), w,
      (float*)((uintptr_t)context->c + batch * context->bc_stride + first_row * context->cm_stride +
               (first_column << context->log2_csize)),
      context->cm_stride, context->cn_stride, context->a_offset + batch * context->ba_stride, context->zero,
      &context->params.f32, &beside);
}

static void wide_gemm(const struct gemm_context* context, size_t first_row, size_t first_column, size_t rows,
                      size_t columns) {
  gemm_tile(context, first_row, first_column, rows, columns, 0);
}

static void wide_gemm_by_columns(const struct gemm_context* context, size_t first_column, size_t first_row,
                                 size_t columns, size_t rows) {
  gemm_tile(context, first_row, first_column, rows, columns, 1);
}

static void wide_igemm(const struct igemm_context* context, size_t first_row, size_t first_column, size_t rows,
                       size_t columns) {
  igemm_tile(context, 0, first_row, first_column, rows, columns, 0);
}

static void wide_igemm_by_columns(const struct igemm_context* context, size_t first_column, size_t first_row,
                                  size_t columns, size_t rows) {
  igemm_tile(context, 0, first_row, first_column, rows, columns, 1);
}

static void wide_batch_igemm(const struct igemm_context* context, size_t batch, size_t first_row, size_t first_column,
                             size_t rows, size_t columns) {
  igemm_tile(context, batch, first_row, first_column, rows, columns, 0);
}

int ptetool_is_wide_kernel(void (*kernel)(void)) {
  return kernel == (void (*)(void))xnn_f32_gemm_minmax_ukernel_12x32__avx512f_broadcast ||
         kernel == (void (*)(void))xnn_f32_igemm_minmax_ukernel_12x32__avx512f_broadcast;
}

static void let_wide_kernels_do_more(struct compute_parameters* compute, void (*kernel)(void)) {
  if (!ptetool_is_wide_kernel(kernel)) return;
  if (compute->type == xnn_parallelization_type_3d_tile_2d) {
    if (compute->task_3d_tile_2d == (pthreadpool_task_3d_tile_2d_t)xnn_compute_batch_igemm)
      compute->task_3d_tile_2d = (pthreadpool_task_3d_tile_2d_t)wide_batch_igemm;
  } else if (compute->type == xnn_parallelization_type_2d_tile_2d) {
    if (compute->task_2d_tile_2d == (pthreadpool_task_2d_tile_2d_t)xnn_compute_gemm)
      compute->task_2d_tile_2d = (pthreadpool_task_2d_tile_2d_t)wide_gemm;
    if (compute->task_2d_tile_2d == (pthreadpool_task_2d_tile_2d_t)xnn_compute_igemm)
      compute->task_2d_tile_2d = (pthreadpool_task_2d_tile_2d_t)wide_igemm;
  }
}
#else
int ptetool_is_wide_kernel(void (*kernel)(void)) {
  (void)kernel;
  return 0;
}

static void let_wide_kernels_do_more(struct compute_parameters* compute, void (*kernel)(void)) {
  (void)compute;
  (void)kernel;
}
#endif

void ptetool_columns_first(struct compute_parameters* compute, size_t column_bytes, size_t nr, void (*kernel)(void),
                           struct ptetool_beside* beside) {
  static const struct {
    pthreadpool_task_2d_tile_2d_t by_rows, by_columns;
  } tasks[] = {
      {(pthreadpool_task_2d_tile_2d_t)xnn_compute_gemm, (pthreadpool_task_2d_tile_2d_t)gemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t)xnn_compute_dqgemm, (pthreadpool_task_2d_tile_2d_t)dqgemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t)xnn_compute_igemm, (pthreadpool_task_2d_tile_2d_t)igemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t)xnn_compute_dqigemm, (pthreadpool_task_2d_tile_2d_t)dqigemm_by_columns},
#if XNN_ARCH_X86_64
      {(pthreadpool_task_2d_tile_2d_t)wide_gemm, (pthreadpool_task_2d_tile_2d_t)wide_gemm_by_columns},
      {(pthreadpool_task_2d_tile_2d_t)wide_igemm, (pthreadpool_task_2d_tile_2d_t)wide_igemm_by_columns},
#endif
  };
  let_wide_kernels_do_more(compute, kernel);
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
    beside->row_tile = row_tile;
    beside->row_tiles = (rows + row_tile - 1) / row_tile;
    return;
  }
}
