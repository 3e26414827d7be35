# What a build of XNNPACK from source gets that its commit has wrong, or slow where tokens are decoded one by one.
#
# Each correction is a piece of a source file and what stands there instead. A fault must be found and mended; a matter of
# speed is left alone where the file says something else (other releases of pthreadpool do). xnnpack/ holds kernels of our
# own. The version that packed caches are made for changes with all of this.

include_guard(GLOBAL)

set(_xnn_corrections_dir "${CMAKE_CURRENT_LIST_DIR}")

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

# A hash of everything here.
function(ptetool_corrections_hash out)
  file(GLOB files "${_xnn_corrections_dir}/xnnpack/*")
  list(SORT files)
  set(all "")
  foreach(file IN ITEMS "${_xnn_corrections_dir}/XnnpackCorrections.cmake" LISTS files)
    file(SHA256 "${file}" hash)
    string(APPEND all "${hash}")
  endforeach()
  string(SHA256 all "${all}")
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

# Corrects the sources below `work`: xnnpack/, pthreadpool/.
function(ptetool_correct_xnnpack work)
  # Kernels that take 14 or 16 rows at once (AVX512 with GFNI, AMX) read as many scales of dynamically quantised rows,
  # also where there are fewer rows; with 10 in reserve the last row gets a scale that nobody wrote.
  _xnn_replace(FAULT "${work}" xnnpack/include/xnnpack.h
    "define XNN_EXTRA_QUANTIZATION_PARAMS 10" "define XNN_EXTRA_QUANTIZATION_PARAMS 15")

  # Zeros around dynamically quantised images are released by the number of images to come, not of those before, and are
  # not made where more images of the same size come. Now they are kept, as zero_buffers.c says.
  _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/operator.h
    "  void** zero_buffers;\n" "  void** zero_buffers;\n  size_t zero_buffers_count;\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/operator-utils.c
    "for (size_t i = 1; i < op->batch_size; ++i) {" "for (size_t i = 1; i < op->zero_buffers_count; ++i) {")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c [=[
  if (input_size_changed(convolution_op)) {
    if (convolution_op->zero_buffers) {
      for (size_t i = 1; i < batch_size; ++i) {
        xnn_release_simd_memory(convolution_op->zero_buffers[i]);
      }
    }
    convolution_op->zero_buffers = xnn_reallocate_memory(convolution_op->zero_buffers, batch_size * sizeof(void*));
    convolution_op->zero_buffers[0] = convolution_op->zero_buffer;
    for (size_t i = 1; i < batch_size; ++i) {
      convolution_op->zero_buffers[i] = xnn_allocate_simd_memory(convolution_op->zero_size);
    }
  }
]=] "  if (!ptetool_zero_buffers(convolution_op, batch_size)) {\n    return xnn_status_out_of_memory;\n  }\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/deconvolution-nhwc.c [=[
  if (deconvolution_op->zero_buffers) {
    for (size_t i = 1; i < batch_size; ++i) {
      xnn_release_simd_memory(deconvolution_op->zero_buffers[i]);
    }
  }

  deconvolution_op->zero_buffers = xnn_reallocate_memory(deconvolution_op->zero_buffers, batch_size * sizeof(void*));
  deconvolution_op->zero_buffers[0] = deconvolution_op->zero_buffer;
  for (size_t i = 1; i < batch_size; ++i) {
    deconvolution_op->zero_buffers[i] = xnn_allocate_simd_memory(deconvolution_op->zero_size);
  }
]=] "  if (!ptetool_zero_buffers(deconvolution_op, batch_size)) {\n    return xnn_status_out_of_memory;\n  }\n")
  foreach(file IN ITEMS convolution-nhwc.c deconvolution-nhwc.c)
    _xnn_replace(FAULT "${work}" xnnpack/src/operators/${file}
      "#include \"xnnpack/operator-utils.h\"\n" "#include \"xnnpack/operator-utils.h\"\n#include \"../ptetool/zero_buffers.h\"\n")
  endforeach()

  # GCC 12 has all that kernels for AMX need, but for what amx_memory.h says.
  _xnn_replace(SPEED "${work}" xnnpack/CMakeLists.txt
    [[micro-kernels" ON)
IF(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  IF(CMAKE_C_COMPILER_VERSION VERSION_LESS "13")
    SET(XNNPACK_ENABLE_AVX512AMX OFF)]]
    [[micro-kernels" ON)
IF(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  IF(CMAKE_C_COMPILER_VERSION VERSION_LESS "12")
    SET(XNNPACK_ENABLE_AVX512AMX OFF)]])
  _xnn_replace(FAULT "${work}" xnnpack/CMakeLists.txt
    [[ -mgfni -mamx-tile -mamx-int8 ")]]
    [[ -mgfni -mamx-tile -mamx-int8 -include \"${CMAKE_CURRENT_SOURCE_DIR}/src/ptetool/amx_memory.h\" ")]])
  # A single row is multiplied without it, and so are narrow weights of convolutions.
  foreach(weights IN ITEMS qc8w qc4w)
    _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
      "xnn_qd8_f32_${weights}_gemm_minmax_ukernel_1x64c4__avx512amx"
      "xnn_qd8_f32_${weights}_gemm_minmax_ukernel_1x64c4__avx512vnni")
    string(TOUPPER "${weights}" upper)
    set(scalar "DECLARE_QD8_F32_${upper}_GEMM_MINMAX_UKERNEL_FUNCTION(xnn_qd8_f32_${weights}_gemm_minmax_ukernel_1x2__scalar)\n")
    string(REPLACE "1x2__scalar" "1x64c4__avx512vnni" ours "${scalar}")
    _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/gemm.h "${scalar}" "${scalar}${ours}")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "gemm_config = xnn_init_qs8_qc8w_gemm_config();"
    "gemm_config = ptetool_qs8_qc8w_gemm_config(group_input_channels, group_output_channels);")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "#include \"xnnpack/operator-utils.h\"\n"
    "#include \"xnnpack/operator-utils.h\"\n#include \"../ptetool/narrow_gemm.h\"\n")

  # Our own kernels for 4-bit weights in groups, where the CPU has AVX512 with VNNI.
  file(COPY "${_xnn_corrections_dir}/xnnpack/" DESTINATION "${work}/xnnpack/src/ptetool")
  _xnn_replace(FAULT "${work}" xnnpack/cmake/gen/avx512vnni_microkernels.cmake
    "  src/qd8-f32-qb4w-gemm/gen/qd8-f32-qb4w-gemm-1x16c8-minmax-avx512vnni-prfm.c\n"
    "  src/qd8-f32-qb4w-gemm/gen/qd8-f32-qb4w-gemm-1x16c8-minmax-avx512vnni-prfm.c\n\
  src/ptetool/qd8_f32_qb4w_16c4_avx512vnni.c\n  src/ptetool/qd8_f32_1x64c4_avx512vnni.c\n")
  _xnn_replace(FAULT "${work}" xnnpack/cmake/gen/avx512amx_microkernels.cmake
    "SET(PROD_AVX512AMX_MICROKERNEL_SRCS\n"
    "SET(PROD_AVX512AMX_MICROKERNEL_SRCS\n  src/ptetool/qd8_f32_qb4w_16c4_avx512amx.c\n")
  set(declarations "DECLARE_QD8_F32_QB4W_GEMM_MINMAX_UKERNEL_FUNCTION(xnn_qd8_f32_qb4w_gemm_minmax_ukernel_1x2__scalar)\n")
  # Rows at once: few, and more with AVX512 alone or with AMX, whose kernel takes any number up to 32.
  foreach(set IN ITEMS "few|avx512vnni|1|2|4" "more|avx512vnni|7|10|13" "tiled|avx512amx|8|16|24|32")
    string(REPLACE "|" ";" counts "${set}")
    list(POP_FRONT counts name isa)
    set(${name} "")
    foreach(count IN LISTS counts)
      set(kernel "xnn_qd8_f32_qb4w_gemm_minmax_ukernel_${count}x16c4__${isa}")
      if(isa STREQUAL "avx512amx")
        set(kernel "xnn_qd8_f32_qb4w_gemm_minmax_ukernel_32x16c4__${isa}")
      endif()
      string(APPEND declarations "DECLARE_QD8_F32_QB4W_GEMM_MINMAX_UKERNEL_FUNCTION(${kernel})\n")
      string(APPEND ${name} "        qd8_f32_qb4w_gemm_config.minmax.dqgemm[XNN_MR_TO_INDEX(${count})] = "
        "xnn_init_hmp_dqgemm_ukernel((xnn_dqgemm_ukernel_fn) ${kernel});\n")
    endforeach()
    list(GET counts -1 most)
    string(APPEND ${name} "        qd8_f32_qb4w_gemm_config.mr = ${most};\n")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/gemm.h
    "DECLARE_QD8_F32_QB4W_GEMM_MINMAX_UKERNEL_FUNCTION(xnn_qd8_f32_qb4w_gemm_minmax_ukernel_1x2__scalar)\n"
    "${declarations}")
  set(first_choice [=[
      // Zen4 has gfni but is slower and 8x16 works better on zen4.  14x16 is faster on Sapphire Rapids
      if (!XNN_PLATFORM_MOBILE && hardware_config->use_x86_avx512vnnigfni && cpuinfo_get_core(0)->uarch != cpuinfo_uarch_zen4) {
        qd8_f32_qb4w_gemm_config.minmax.dqgemm[XNN_MR_TO_INDEX(1)]]=])
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "    #if XNN_ENABLE_AVX512VNNIGFNI\n${first_choice}"
    "    #if XNN_ENABLE_AVX512VNNI
      if (!XNN_PLATFORM_MOBILE && hardware_config->use_x86_avx512vnni) {
${few}      #if XNN_ENABLE_AVX512AMX
        if (hardware_config->use_x86_avx512amx) {
${tiled}        } else
      #endif
        {
${more}        }
        qd8_f32_qb4w_gemm_config.init.f32_qb4w = xnn_init_f32_qb4w_minmax_scalar_params;
        qd8_f32_qb4w_gemm_config.nr = 16;
        qd8_f32_qb4w_gemm_config.log2_kr = 2;
        qd8_f32_qb4w_gemm_config.planes = 2;
      } else
    #endif
    #if XNN_ENABLE_AVX512VNNIGFNI\n${first_choice}")

  # Of two numbers the smallest and the largest are the second where one is a NaN: what is bounded, so that it stays one.
  file(GLOB kernels RELATIVE "${work}" "${work}/xnnpack/src/f32-*/gen/f32-*-minmax-sse*.c")
  foreach(kernel IN LISTS kernels)
    file(READ "${work}/${kernel}" text)
    string(REGEX REPLACE "_mm_(max|min)_ps\\((vacc[0-9xp]+), (vmin|vmax)\\)" "_mm_\\1_ps(\\3, \\2)" corrected "${text}")
    if(NOT corrected STREQUAL text)
      file(WRITE "${work}/${kernel}" "${corrected}")
      file(APPEND "${work}/sources.txt" "corrected: ${kernel}\n")
    endif()
  endforeach()

  # More rows at once in float32, for AVX512.
  _xnn_replace(FAULT "${work}" xnnpack/cmake/gen/avx512f_microkernels.cmake
    "  src/f32-gemm/gen/f32-gemm-7x32-minmax-avx512f-broadcast.c\n"
    "  src/f32-gemm/gen/f32-gemm-7x32-minmax-avx512f-broadcast.c\n\
  src/ptetool/f32_12x32_avx512f.c\n  src/ptetool/f32_1x32_avx512f.c\n")
  foreach(kind IN ITEMS gemm igemm)
    string(TOUPPER "${kind}" upper)
    set(seven "xnn_f32_${kind}_minmax_ukernel_7x32__avx512f_broadcast")
    string(REPLACE "7x32" "12x32" twelve "${seven}")
    _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/${kind}.h "DECLARE_F32_${upper}_MINMAX_UKERNEL_FUNCTION(${seven})\n"
      "DECLARE_F32_${upper}_MINMAX_UKERNEL_FUNCTION(${seven})\nDECLARE_F32_${upper}_MINMAX_UKERNEL_FUNCTION(${twelve})\n")
    _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
      "${kind}[XNN_MR_TO_INDEX(7)] = xnn_init_hmp_${kind}_ukernel((xnn_${kind}_ukernel_fn) ${seven});"
      "${kind}[XNN_MR_TO_INDEX(12)] = xnn_init_hmp_${kind}_ukernel((xnn_${kind}_ukernel_fn) ${twelve});")
  endforeach()
  # And single rows with weights that are asked for in time.
  set(one "xnn_f32_gemm_minmax_ukernel_1x32__avx512f_broadcast")
  _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/gemm.h "DECLARE_F32_GEMM_MINMAX_UKERNEL_FUNCTION(${one})\n"
    "DECLARE_F32_GEMM_MINMAX_UKERNEL_FUNCTION(${one})\nDECLARE_F32_GEMM_MINMAX_UKERNEL_FUNCTION(ptetool_f32_gemm_1x32)\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "(xnn_gemm_ukernel_fn) ${one});" "(xnn_gemm_ukernel_fn) ptetool_f32_gemm_1x32);")
  set(before "xnn_x32_packw_gemm_goi_ukernel_x32__avx512f_u4_prfm;\n        f32_gemm_config.mr =")
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c "${before} 7;" "${before} 12;")

  # Products of matrices go through weights that exceed a core's cache once, not once for every few rows.
  _xnn_replace(FAULT "${work}" xnnpack/CMakeLists.txt
    "  src/operators/argmax-pooling-nhwc.c\n" "  src/operators/argmax-pooling-nhwc.c\n  src/ptetool/columns_first.c\n\
  src/ptetool/fuse_sums.c\n  src/ptetool/narrow_gemm.c\n  src/ptetool/normal_scales.c\n\
  src/ptetool/operator_list.c\n  src/ptetool/pack_blocks.c\n  src/ptetool/pack_bytes.c\n  src/ptetool/pack_convolution.c\n  src/ptetool/zero_buffers.c\n")
  foreach(file IN ITEMS convolution-nhwc.c fully-connected-nc.c)
    _xnn_replace(FAULT "${work}" xnnpack/src/operators/${file}
      "#include \"xnnpack/operator-utils.h\"\n" "#include \"xnnpack/operator-utils.h\"\n#include \"../ptetool/columns_first.h\"\n")
  endforeach()
  foreach(row IN ITEMS "0|gemm.gemm.gemm" "igemm_compute_index|igemm.igemm")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 index)
    list(GET row 1 context)
    _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
      "    convolution_op->compute[${index}].tile[1] = nc;\n  } else {\n"
      "    convolution_op->compute[${index}].tile[1] = nc;
    ptetool_columns_first(&convolution_op->compute[${index}], convolution_op->context.${context}.w_stride, nr,
      (void (*)(void)) convolution_op->context.${context}.ukernel.function[XNN_UARCH_DEFAULT],
      &convolution_op->context.${context}.beside);
  } else {\n")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/fully-connected-nc.c
    "    fully_connected_op->compute[0].tile[1] = nc;\n"
    "    fully_connected_op->compute[0].tile[1] = nc;
    ptetool_columns_first(&fully_connected_op->compute[0], fully_connected_op->weights_stride, nr,
      (void (*)(void)) gemm_ukernel.function[XNN_UARCH_DEFAULT], &fully_connected_op->context.gemm.gemm.gemm.beside);\n")

  # What our kernels of float32 products can do beside multiplying: ask for the next weights, add another matrix.
  _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/compute.h
    "#include \"xnnpack/microparams.h\"\n" "#include \"xnnpack/microparams.h\"\n#include \"ptetool/beside.h\"\n")
  foreach(field IN ITEMS "  void* fused_params;\n" "  // IGEMM microkernels.\n")
    _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/compute.h "${field}" "  struct ptetool_beside beside;\n${field}")
  endforeach()
  foreach(kind IN ITEMS "gemm(batch_output_size, mr, nr, gemm_cases)" "igemm(output_size, mr, nr, igemm_cases)")
    string(REGEX MATCH "^[a-z]+" name "${kind}")
    _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
      "    mr = xnn_get_heuristic_mr_${kind};\n" "    mr = xnn_get_heuristic_mr_${kind};\n
    // Only the kernel for most rows adds.
    if (convolution_op->flags & PTETOOL_FLAG_ADDEND) {
      mr = convolution_op->ukernel.${name}.mr;
    }\n")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "#include \"xnnpack/operator-utils.h\"\n" "#include \"xnnpack/operator-utils.h\"\n#include \"ptetool/fuse_sums.h\"\n")
  foreach(file IN ITEMS runtime.c subgraph/convolution-2d.c)
    _xnn_replace(FAULT "${work}" xnnpack/src/${file}
      "#include \"xnnpack/subgraph.h\"\n" "#include \"xnnpack/subgraph.h\"\n#include \"ptetool/fuse_sums.h\"\n")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/subgraph/convolution-2d.c "  assert(node->num_inputs <= 3);
  const uint32_t input_id = node->inputs[0];" "  const uint32_t input_id = node->inputs[0];")
  foreach(step IN ITEMS setup reshape)
    _xnn_replace(FAULT "${work}" xnnpack/src/subgraph/convolution-2d.c
      "  node->${step} = ${step}_convolution_operator;" "  node->${step} = ${step}_convolution_and_addend;")
  endforeach()
  _xnn_replace(FAULT "${work}" xnnpack/src/subgraph/convolution-2d.c
    "enum xnn_status xnn_define_convolution_2d("
    "static enum xnn_status reshape_convolution_and_addend(
  struct xnn_operator_data* opdata,
  struct xnn_value* values,
  size_t num_values,
  pthreadpool_t threadpool)
{
  const enum xnn_status status = reshape_convolution_operator(opdata, values, num_values, threadpool);
  if (status != xnn_status_success && status != xnn_status_reallocation_required) {
    return status;
  }
  return ptetool_addend_fits(opdata, values) ? status : xnn_status_unsupported_parameter;
}

static enum xnn_status setup_convolution_and_addend(
  const struct xnn_operator_data* opdata,
  const struct xnn_value* values,
  size_t num_values,
  pthreadpool_t threadpool)
{
  const enum xnn_status status = setup_convolution_operator(opdata, values, num_values, threadpool);
  if (status == xnn_status_success) {
    ptetool_set_addend(opdata, values);
  }
  return status;
}

enum xnn_status xnn_define_convolution_2d(")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    "  const uint32_t optimization_flags = XNN_FLAG_HINT_SPARSE_INFERENCE"
    "  xnn_subgraph_analyze_consumers_and_producers(subgraph);
  ptetool_fuse_sums(subgraph);
  const uint32_t optimization_flags = XNN_FLAG_HINT_SPARSE_INFERENCE")

  # Products of a vector and a matrix wait for memory: weights are asked for 2 KiB ahead, not 1 KiB or never.
  foreach(file IN ITEMS
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

  # Our store of packed weights gives zeros, which come from the system: they need not be written once more.
  _xnn_replace(FAULT "${work}" xnnpack/src/operator-utils.c
    "  memset(weights_ptr, padding_byte, aligned_weights_size);"
    "  if (padding_byte != 0 || !use_weights_cache(op)) {
    memset(weights_ptr, padding_byte, aligned_weights_size);
  }")

  # 4-bit weights in groups are packed a word at a time, 8-bit weights and filters a line at a time, not a number.
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "qd8_f32_qb4w_gemm_config.pack_gemm_goi_bl = (xnn_packw_gemm_goi_bl_ukernel_fn) xnn_pack_qs8_qb4w_gemm_goi_w;"
    "qd8_f32_qb4w_gemm_config.pack_gemm_goi_bl = (xnn_packw_gemm_goi_bl_ukernel_fn) ptetool_pack_qs8_qb4w_gemm_goi_w;")
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "#include \"xnnpack/packw.h\"\n"
    "#include \"xnnpack/packw.h\"\n#include \"ptetool/pack_blocks.h\"\n#include \"ptetool/pack_bytes.h\"\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "(xnn_packw_gemm_goi_ukernel_fn) xnn_qs8_packw_gemm_goi_ukernel_x64c4__scalar;"
    "(xnn_packw_gemm_goi_ukernel_fn) ptetool_pack_qs8_gemm_goi_w;")
  _xnn_replace(FAULT "${work}" xnnpack/src/configs/gemm-config.c
    "(xnn_pack_conv_goki_w_fn) xnn_pack_qs8_conv_goki_w;" "(xnn_pack_conv_goki_w_fn) ptetool_pack_qs8_conv_goki_w;")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "(xnn_pack_conv_goki_w_fn) xnn_pack_qs8_conv_goki_w," "(xnn_pack_conv_goki_w_fn) ptetool_pack_qs8_conv_goki_w,")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "(xnn_pack_conv_goki_w_fn) xnn_pack_f32_conv_goki_w," "(xnn_pack_conv_goki_w_fn) ptetool_pack_f32_conv_goki_w,")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/convolution-nhwc.c
    "#include \"xnnpack/operator-utils.h\"\n"
    "#include \"xnnpack/operator-utils.h\"\n#include \"../ptetool/pack_bytes.h\"\n#include \"../ptetool/pack_convolution.h\"\n")

  # Scales of groups are looked at together.
  _xnn_replace(FAULT "${work}" xnnpack/src/tensor.c
    "  for (size_t block = 0; block < block_count; block++) {"
    "  for (size_t block = ptetool_normal_scales(scale, block_count) ? block_count : 0; block < block_count; block++) {")
  _xnn_replace(FAULT "${work}" xnnpack/src/tensor.c
    "#include \"xnnpack/subgraph.h\"\n" "#include \"xnnpack/subgraph.h\"\n#include \"ptetool/normal_scales.h\"\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/fully-connected-nc.c
    "  for (size_t output_channel = 0; output_channel < output_channels; output_channel++) {
    for(size_t block_index=0;"
    "  const bool normal = ptetool_normal_scales(kernel_scale, output_channels * num_blocks);
  for (size_t output_channel = normal ? output_channels : 0; output_channel < output_channels; output_channel++) {
    for(size_t block_index=0;")
  _xnn_replace(FAULT "${work}" xnnpack/src/operators/fully-connected-nc.c
    "#include \"xnnpack/operator-utils.h\"\n"
    "#include \"xnnpack/operator-utils.h\"\n#include \"../ptetool/normal_scales.h\"\n")

  # Where weights pass through the caches, what describes operators is never there: what they call is in a list.
  _xnn_replace(FAULT "${work}" xnnpack/src/xnnpack/subgraph.h
    "struct xnn_runtime {\n" "struct xnn_runtime {\n  struct ptetool_operator_list* operator_list;\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    "#include \"xnnpack/subgraph.h\"\n" "#include \"xnnpack/subgraph.h\"\n#include \"ptetool/operator_list.h\"\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    "      // Re-setup all the nodes to adjust input/output pointers.\n" "      ptetool_forget_list(rt);\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    "  runtime->has_been_setup = true;\n" "  runtime->has_been_setup = true;\n  ptetool_forget_list(runtime);\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    "    if (runtime->opdata != NULL) {\n" "    ptetool_forget_list(runtime);\n    if (runtime->opdata != NULL) {\n")
  _xnn_replace(FAULT "${work}" xnnpack/src/runtime.c
    [[    runtime->start_ts = xnn_read_timer();
  }
]]
    [[    runtime->start_ts = xnn_read_timer();
  }
  enum xnn_status list_status = xnn_status_success;
  if (ptetool_run_list(runtime, xnn_read_timer, &list_status)) {
    return list_status;
  }
]])

  # The planner of the workspace never puts a value before all others that live with it: sizes that fall in the course of
  # a network, as in a ResNet, go up in stairs, each on memory of its own.
  _xnn_replace(FAULT "${work}" xnnpack/src/memory-planner.c
    [[  if (num_mem_blocks == 1) {
    return live_mem_blocks[0].end;
  }
]]
    [[  if (num_mem_blocks == 1) {
    return live_mem_blocks[0].start >= to_alloc_size ? 0 : live_mem_blocks[0].end;
  }
]])
  _xnn_replace(FAULT "${work}" xnnpack/src/memory-planner.c
    [[  qsort(live_mem_blocks, num_mem_blocks, sizeof(struct memory_block), cmp_memory_block);
]]
    [[  qsort(live_mem_blocks, num_mem_blocks, sizeof(struct memory_block), cmp_memory_block);
  if (live_mem_blocks[0].start >= to_alloc_size) {
    return 0;
  }
]])

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
