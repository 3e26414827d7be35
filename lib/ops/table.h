// The families of operators, each a list of rows beside its kernels. A new family is one line here and one in table.cc.
#pragma once

#include <span>

#include "ptetool/ops/operator.h"

namespace ptetool {

// "aten::add.out" of the schema's text, which parse_schema() would take for its name; a view into it.
std::string_view schema_name(std::string_view text);

}  // namespace ptetool

namespace ptetool::ops {

std::span<const Operator> prim_operators();
std::span<const Operator> prim_number_operators();
std::span<const Operator> binary_operators();
std::span<const Operator> compare_operators();
std::span<const Operator> unary_operators();
std::span<const Operator> matmul_operators();
std::span<const Operator> shape_operators();
std::span<const Operator> copy_operators();
std::span<const Operator> fill_operators();
std::span<const Operator> reduce_operators();
std::span<const Operator> embedding_operators();
std::span<const Operator> quantize_operators();
std::span<const Operator> dequantize_operators();
std::span<const Operator> quantize_parameter_operators();
std::span<const Operator> quantized_embedding_operators();
std::span<const Operator> quantized_math_operators();
std::span<const Operator> attention_operators();
std::span<const Operator> cache_operators();
std::span<const Operator> hadamard_operators();
std::span<const Operator> delta_rule_operators();
std::span<const Operator> tile_crop_operators();
std::span<const Operator> softmax_operators();
std::span<const Operator> unary_math_operators();
std::span<const Operator> activation_operators();
std::span<const Operator> power_operators();
std::span<const Operator> integer_math_operators();
std::span<const Operator> extreme_operators();
std::span<const Operator> statistics_operators();
std::span<const Operator> normalize_operators();
std::span<const Operator> batch_norm_operators();
std::span<const Operator> dropout_operators();
std::span<const Operator> more_math_operators();
std::span<const Operator> pooling_operators();
std::span<const Operator> adaptive_pool_operators();
std::span<const Operator> pad_operators();
std::span<const Operator> nearest_operators();
std::span<const Operator> pixel_operators();
std::span<const Operator> interpolate_operators();
std::span<const Operator> pool_backward_operators();
std::span<const Operator> resize_gradient_operators();
std::span<const Operator> grid_sample_operators();
std::span<const Operator> grid_gradient_operators();
std::span<const Operator> convolution_operators();
std::span<const Operator> convolution_backward_operators();
std::span<const Operator> image_column_operators();
std::span<const Operator> gather_operators();
std::span<const Operator> index_along_operators();
std::span<const Operator> index_tensor_operators();
std::span<const Operator> nonzero_operators();
std::span<const Operator> window_operators();
std::span<const Operator> split_operators();
std::span<const Operator> triangle_operators();
std::span<const Operator> sort_operators();
std::span<const Operator> order_statistics_operators();
std::span<const Operator> binary_math_operators();
std::span<const Operator> piecewise_operators();
std::span<const Operator> gradient_operators();
std::span<const Operator> product_operators();
std::span<const Operator> outer_product_operators();
std::span<const Operator> trilinear_operators();
std::span<const Operator> norm_operators();
std::span<const Operator> loss_operators();
std::span<const Operator> nll_loss_operators();
std::span<const Operator> special_operators();
std::span<const Operator> polynomial_operators();
std::span<const Operator> sequence_operators();
std::span<const Operator> view_gradient_operators();
std::span<const Operator> fft_operators();
std::span<const Operator> random_operators();
std::span<const Operator> random_index_operators();
std::span<const Operator> distribution_operators();
std::span<const Operator> norm_gradient_operators();
std::span<const Operator> linalg_operators();
std::span<const Operator> linalg_qr_operators();
std::span<const Operator> linalg_solve_operators();
std::span<const Operator> linalg_spectrum_operators();
std::span<const Operator> linalg_indefinite_operators();
std::span<const Operator> scan_operators();
std::span<const Operator> search_operators();
std::span<const Operator> count_operators();
std::span<const Operator> histogram_operators();
std::span<const Operator> segment_operators();
std::span<const Operator> unique_operators();
std::span<const Operator> embedding_bag_operators();
std::span<const Operator> taper_operators();
std::span<const Operator> fake_quantize_operators();
std::span<const Operator> masked_softmax_operators();
std::span<const Operator> fused_operators();
std::span<const Operator> distance_gradient_operators();
std::span<const Operator> margin_loss_operators();
std::span<const Operator> weight_norm_operators();
std::span<const Operator> bag_gradient_operators();
std::span<const Operator> foreach_operators();
std::span<const Operator> sample_gradient_operators();
std::span<const Operator> row_index_operators();
std::span<const Operator> gated_operators();
std::span<const Operator> rearranged_operators();
std::span<const Operator> logsumexp_operators();
std::span<const Operator> ctc_loss_operators();
std::span<const Operator> cortex_m_operators();
std::span<const Operator> cortex_m_image_operators();
std::span<const Operator> alias_operators();
std::span<const Operator> least_squares_operators();
// Known to ExecuTorch, without a kernel here yet.
std::span<const Operator> declared_operators();

}  // namespace ptetool::ops
