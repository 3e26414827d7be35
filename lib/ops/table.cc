// Collects the rows of all families into one table that is sorted by name, once. A row's schema is read when the row is
// first asked for: a program uses few of the many.
#include "ops/table.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ptetool {

namespace {

std::vector<BoundOperator> collect() {
  const std::span<const Operator> families[] = {
      ops::prim_operators(),
      ops::prim_number_operators(),
      ops::binary_operators(),
      ops::compare_operators(),
      ops::unary_operators(),
      ops::matmul_operators(),
      ops::shape_operators(),
      ops::copy_operators(),
      ops::fill_operators(),
      ops::reduce_operators(),
      ops::embedding_operators(),
      ops::quantize_operators(),
      ops::softmax_operators(),
      ops::unary_math_operators(),
      ops::activation_operators(),
      ops::power_operators(),
      ops::integer_math_operators(),
      ops::extreme_operators(),
      ops::statistics_operators(),
      ops::normalize_operators(),
      ops::batch_norm_operators(),
      ops::dropout_operators(),
      ops::more_math_operators(),
      ops::dequantize_operators(),
      ops::quantize_parameter_operators(),
      ops::quantized_embedding_operators(),
      ops::quantized_math_operators(),
      ops::attention_operators(),
      ops::cache_operators(),
      ops::hadamard_operators(),
      ops::delta_rule_operators(),
      ops::tile_crop_operators(),
      ops::pooling_operators(),
      ops::adaptive_pool_operators(),
      ops::pad_operators(),
      ops::nearest_operators(),
      ops::pixel_operators(),
      ops::interpolate_operators(),
      ops::pool_backward_operators(),
      ops::resize_gradient_operators(),
      ops::grid_sample_operators(),
      ops::grid_gradient_operators(),
      ops::convolution_operators(),
      ops::convolution_backward_operators(),
      ops::image_column_operators(),
      ops::gather_operators(),
      ops::index_along_operators(),
      ops::index_tensor_operators(),
      ops::nonzero_operators(),
      ops::window_operators(),
      ops::split_operators(),
      ops::triangle_operators(),
      ops::sort_operators(),
      ops::order_statistics_operators(),
      ops::binary_math_operators(),
      ops::piecewise_operators(),
      ops::gradient_operators(),
      ops::product_operators(),
      ops::outer_product_operators(),
      ops::trilinear_operators(),
      ops::norm_operators(),
      ops::loss_operators(),
      ops::nll_loss_operators(),
      ops::special_operators(),
      ops::polynomial_operators(),
      ops::sequence_operators(),
      ops::view_gradient_operators(),
      ops::fft_operators(),
      ops::random_operators(),
      ops::random_index_operators(),
      ops::distribution_operators(),
      ops::norm_gradient_operators(),
      ops::linalg_operators(),
      ops::linalg_qr_operators(),
      ops::linalg_solve_operators(),
      ops::linalg_spectrum_operators(),
      ops::linalg_indefinite_operators(),
      ops::scan_operators(),
      ops::search_operators(),
      ops::count_operators(),
      ops::histogram_operators(),
      ops::segment_operators(),
      ops::unique_operators(),
      ops::embedding_bag_operators(),
      ops::taper_operators(),
      ops::fake_quantize_operators(),
      ops::masked_softmax_operators(),
      ops::fused_operators(),
      ops::distance_gradient_operators(),
      ops::margin_loss_operators(),
      ops::weight_norm_operators(),
      ops::bag_gradient_operators(),
      ops::foreach_operators(),
      ops::sample_gradient_operators(),
      ops::row_index_operators(),
      ops::gated_operators(),
      ops::rearranged_operators(),
      ops::logsumexp_operators(),
      ops::ctc_loss_operators(),
      ops::cortex_m_operators(),
      ops::cortex_m_image_operators(),
      ops::alias_operators(),
      ops::least_squares_operators(),
      ops::declared_operators(),
  };
  // Sorted are names and where they come from: whole rows are nearly three times as large to move.
  std::size_t count = 0;
  for (const auto family : families) count += family.size();
  std::vector<std::pair<std::string_view, const Operator*>> names;
  names.reserve(count);
  for (const auto family : families) {
    for (const Operator& row : family) names.emplace_back(schema_name(row.schema), &row);
  }
  std::ranges::stable_sort(names, {}, [](const auto& named) { return named.first; });
  std::vector<BoundOperator> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].row = names[i].second;
    all[i].schema.name = names[i].first;
  }
  return all;
}

class Table {
 public:
  const BoundOperator* find(std::string_view name) {
    const auto found =
        std::ranges::lower_bound(rows_, name, {}, [](const BoundOperator& op) { return op.schema.name; });
    return found != rows_.end() && found->schema.name == name ? &read(*found) : nullptr;
  }

  std::span<const BoundOperator> all() {
    for (BoundOperator& row : rows_) read(row);
    return rows_;
  }

 private:
  BoundOperator& read(BoundOperator& row) {
    std::call_once(read_[static_cast<std::size_t>(&row - rows_.data())], [&] {
      // A unit test proves that every row can be read.
      if (auto schema = parse_schema(row.row->schema)) row.schema = *std::move(schema);
    });
    return row;
  }

  std::vector<BoundOperator> rows_ = collect();
  std::unique_ptr<std::once_flag[]> read_ = std::make_unique<std::once_flag[]>(rows_.size());
};

Table& table() {
  static Table all;
  return all;
}

}  // namespace

std::span<const BoundOperator> all_operators() { return table().all(); }

const BoundOperator* find_operator(std::string_view full_name) { return table().find(full_name); }

}  // namespace ptetool
