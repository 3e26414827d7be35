// See narrow_gemm.h. A tile of weights holds 64 numbers of depth and 16 columns, and four are used at once: narrow ones
// are mostly padding, which AMX multiplies as well.
#include "narrow_gemm.h"

#include "xnnpack/gemm.h"
#include "xnnpack/igemm.h"
#include "xnnpack/init-once.h"
#include "xnnpack/microparams-init.h"
#include "xnnpack/pack.h"
#include "xnnpack/packw.h"

#if (XNN_ARCH_X86 || XNN_ARCH_X86_64) && XNN_ENABLE_AVX512AMX && XNN_ENABLE_AVX512VNNI

// Padding is worth it while there are not more than so many multiplications for one that counts (measured).
#define MOST_PADDED 6
#define TILE_DEPTH 64
#define TILE_COLUMNS 64

static struct xnn_gemm_config narrow_config = {0};
XNN_INIT_ONCE_GUARD(narrow);

static void init_narrow_config(void) {
#define GEMM(rows) xnn_qs8_qc8w_gemm_minmax_fp32_ukernel_##rows##x16c8__avx512vnni_prfm
#define IGEMM(rows) xnn_qs8_qc8w_igemm_minmax_fp32_ukernel_##rows##x16c8__avx512vnni_prfm
  narrow_config.minmax.gemm[1 - 1] = xnn_init_hmp_gemm_ukernel((xnn_gemm_ukernel_fn)GEMM(1));
  narrow_config.minmax.gemm[7 - 1] = xnn_init_hmp_gemm_ukernel((xnn_gemm_ukernel_fn)GEMM(7));
  narrow_config.minmax.igemm[1 - 1] = xnn_init_hmp_igemm_ukernel((xnn_igemm_ukernel_fn)IGEMM(1));
  narrow_config.minmax.igemm[7 - 1] = xnn_init_hmp_igemm_ukernel((xnn_igemm_ukernel_fn)IGEMM(7));
  narrow_config.init.qs8_qc8w = xnn_init_qs8_qc8w_conv_minmax_fp32_scalar_params;
  narrow_config.pack_gemm_gio = (xnn_packw_gemm_gio_ukernel_fn)xnn_pack_qs8_to_qu8_gemm_gio_w;
  narrow_config.pack_gemm_goi = (xnn_packw_gemm_goi_ukernel_fn)xnn_qs8_to_qu8_packw_gemm_goi_ukernel_x16c8__scalar;
  narrow_config.pack_igemm_goki = (xnn_pack_conv_goki_w_fn)xnn_pack_qs8_to_qu8_conv_goki_w;
  narrow_config.pack_igemm_kgo = (xnn_pack_conv_kgo_w_fn)xnn_pack_qs8_to_qu8_conv_kgo_w;
  narrow_config.pack_deconv_goki = (xnn_pack_deconv_goki_w_fn)xnn_pack_qs8_to_qu8_deconv_goki_w;
  narrow_config.mr = 7;
  narrow_config.nr = 16;
  narrow_config.log2_kr = 3;
}

const struct xnn_gemm_config* ptetool_qs8_qc8w_gemm_config(size_t depth, size_t columns) {
  const struct xnn_gemm_config* config = xnn_init_qs8_qc8w_gemm_config();
  const struct xnn_hardware_config* hardware = xnn_init_hardware_config();
  if (config == NULL || hardware == NULL || !hardware->use_x86_avx512amx || depth == 0 || columns == 0) return config;
  const size_t depth_padding = (TILE_DEPTH - depth % TILE_DEPTH) % TILE_DEPTH;
  const size_t column_padding = (TILE_COLUMNS - columns % TILE_COLUMNS) % TILE_COLUMNS;
  const double useful = (double)depth * (double)columns;
  const double all = (double)(depth + depth_padding) * (double)(columns + column_padding);
  if (all <= MOST_PADDED * useful) return config;
  XNN_INIT_ONCE(narrow);
  return &narrow_config;
}

#else

const struct xnn_gemm_config* ptetool_qs8_qc8w_gemm_config(size_t depth, size_t columns) {
  (void)depth;
  (void)columns;
  return xnn_init_qs8_qc8w_gemm_config();
}

#endif
