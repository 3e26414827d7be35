# What a build of XNNPACK from source gets that its commit has wrong, or slow where tokens are decoded one by one.
#
# Each correction is a piece of a source file and what stands there instead. A fault must be found and mended; a matter of
# speed is left alone where the file says something else (other releases of pthreadpool do).

include_guard(GLOBAL)

function(_xnn_replace mode work file wrong right)
  set(found FALSE)
  if(EXISTS "${work}/${file}")
    file(READ "${work}/${file}" text)
    string(REPLACE "${wrong}" "${right}" corrected "${text}")
    if(NOT corrected STREQUAL text)
      set(found TRUE)
      file(WRITE "${work}/${file}" "${corrected}")
      file(APPEND "${work}/sources.txt" "corrected: ${file}\n")
    endif()
  endif()
  if(mode STREQUAL "FAULT" AND NOT found)
    message(FATAL_ERROR "XNNPACK: ${file} does not say '${wrong}'")
  endif()
endfunction()

# Corrects the sources below `work`: xnnpack/, pthreadpool/.
function(ptetool_correct_xnnpack work)
  # Kernels that take 14 or 16 rows at once (AVX512 with GFNI, AMX) read as many scales of dynamically quantised rows,
  # also where there are fewer rows; with 10 in reserve the last row gets a scale that nobody wrote.
  _xnn_replace(FAULT "${work}" xnnpack/include/xnnpack.h
    "define XNN_EXTRA_QUANTIZATION_PARAMS 10" "define XNN_EXTRA_QUANTIZATION_PARAMS 15")

  # Products of a vector and a matrix wait for memory: weights are asked for 2 KiB ahead, not 1 KiB or never.
  foreach(file IN ITEMS
      qd8-f32-qb4w-gemm/gen/qd8-f32-qb4w-gemm-1x16c8-minmax-avx512vnnigfni-prfm.c
      qd8-f32-qb4w-gemm/gen/qd8-f32-qb4w-gemm-1x16c8-minmax-avx512vnni-prfm.c
      qd8-f32-qc4w-gemm/gen/qd8-f32-qc4w-gemm-1x16c8-minmax-avx512vnni-prfm.c
      qd8-f32-qc8w-gemm/gen/qd8-f32-qc8w-gemm-1x16c8-minmax-avx512vnni-prfm.c)
    foreach(near IN ITEMS 768 832 896 960)
      math(EXPR far "${near} + 1024")
      _xnn_replace(SPEED "${work}" xnnpack/src/${file} "(const int8_t*) w + ${near})" "(const int8_t*) w + ${far})")
    endforeach()
  endforeach()
  _xnn_replace(SPEED "${work}" xnnpack/src/f32-gemm/gen/f32-gemm-1x32-minmax-avx512f-broadcast.c
    [[const __m512 vb1 = _mm512_loadu_ps(w + 16);
      w += 32;]]
    [[const __m512 vb1 = _mm512_loadu_ps(w + 16);
      _mm_prefetch((const char*) (w + 512), _MM_HINT_T0);
      _mm_prefetch((const char*) (w + 528), _MM_HINT_T0);
      w += 32;]])

  # Elementwise work is not worth a second thread below 16 KiB, and no thread should fetch it row by row: where rows are
  # short, threads spend their time on the counter of rows.
  _xnn_replace(SPEED "${work}" xnnpack/src/operators/unary-elementwise-nc.c
    "const size_t block_size = 4096;" "const size_t block_size = 16384;")
  _xnn_replace(SPEED "${work}" xnnpack/src/operators/binary-elementwise-nd.c
    [[max(element_tile,
                    round_up_po2]]
    [[max(max(element_tile, 16384),
                    round_up_po2]])
  _xnn_replace(SPEED "${work}" xnnpack/src/operators/binary-elementwise-nd.c
    [[#include "pthreadpool.h"
]]
    [[#include "pthreadpool.h"

static void compute_rows(const struct elementwise_binary_context* context, size_t first, size_t count) {
  for (size_t i = first; i < first + count; i++) {
    xnn_compute_elementwise_binary_1d(context, i);
  }
}

static void compute_rows_of_plane(const struct elementwise_binary_context* context, size_t plane, size_t first,
                                  size_t count) {
  for (size_t i = first; i < first + count; i++) {
    xnn_compute_elementwise_binary_2d(context, plane, i);
  }
}

static size_t rows_at_once(size_t planes, size_t rows, size_t row_bytes, size_t num_threads) {
  const size_t worthwhile = divide_round_up(16384, row_bytes);
  const size_t balanced = divide_round_up(planes * rows, 4 * num_threads);
  return min(rows, max(worthwhile, balanced));
}
]])
  _xnn_replace(SPEED "${work}" xnnpack/src/operators/binary-elementwise-nd.c
    [[op->compute[0].type = xnn_parallelization_type_1d;
            op->compute[0].task_1d =
                (pthreadpool_task_1d_t)xnn_compute_elementwise_binary_1d;
            op->compute[0].range[0] = compressed_output_shape[1];]]
    [[op->compute[0].type = xnn_parallelization_type_1d_tile_1d;
            op->compute[0].task_1d_tile_1d = (pthreadpool_task_1d_tile_1d_t)compute_rows;
            op->compute[0].range[0] = compressed_output_shape[1];
            op->compute[0].tile[0] =
                rows_at_once(1, compressed_output_shape[1], compressed_output_shape[0] << log2_element_size, num_threads);]])
  _xnn_replace(SPEED "${work}" xnnpack/src/operators/binary-elementwise-nd.c
    [[op->compute[0].type = xnn_parallelization_type_2d;
          op->compute[0].task_2d =
              (pthreadpool_task_2d_t)xnn_compute_elementwise_binary_2d;
          op->compute[0].range[0] = compressed_output_shape[2];
          op->compute[0].range[1] = compressed_output_shape[1];]]
    [[op->compute[0].type = xnn_parallelization_type_2d_tile_1d;
          op->compute[0].task_2d_tile_1d = (pthreadpool_task_2d_tile_1d_t)compute_rows_of_plane;
          op->compute[0].range[0] = compressed_output_shape[2];
          op->compute[0].range[1] = compressed_output_shape[1];
          op->compute[0].tile[0] = rows_at_once(compressed_output_shape[2], compressed_output_shape[1],
                                                compressed_output_shape[0] << log2_element_size, num_threads);]])

  # Between two delegates of a model pass some tens of microseconds: threads that went to sleep meanwhile take as long to
  # wake up.
  _xnn_replace(SPEED "${work}" pthreadpool/src/threadpool-common.h
    [[define PTHREADPOOL_SPIN_PAUSE_ITERATIONS 1000
]]
    [[define PTHREADPOOL_SPIN_PAUSE_ITERATIONS 20000
]])
endfunction()
