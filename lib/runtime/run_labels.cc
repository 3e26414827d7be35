// The best classes of an output, by their labels.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/runtime/session.h"

namespace ptetool {

namespace {

constexpr std::size_t kShownClasses = 5;
constexpr std::int64_t kShownRows = 8;

// Values that are probabilities already are left alone; others are taken as logits.
std::vector<double> probabilities(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  const bool done = std::fabs(sum - 1) < 1e-2 && std::ranges::all_of(values, [](double value) { return value >= 0; });
  if (done) return values;
  std::vector<double> result(values.size());
  const double highest = *std::ranges::max_element(values);
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) total += result[i] = std::exp(values[i] - highest);
  for (double& value : result) value /= total;
  return result;
}

void add_rows(const Tensor& tensor, std::size_t output, std::span<const std::string> labels, report::Table& table) {
  const auto classes = static_cast<std::int64_t>(labels.size());
  const std::int64_t rows = tensor.numel() / classes;
  for (std::int64_t row = 0; row < std::min(rows, kShownRows); ++row) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < classes; ++i) {
      const double value = element_as_double(tensor, memory_index(tensor, row * classes + i));
      values.push_back(std::isnan(value) ? -std::numeric_limits<double>::infinity() : value);
    }
    const std::vector<double> shares = probabilities(values);
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::size_t shown = std::min(kShownClasses, order.size());
    std::ranges::partial_sort(
        order, order.begin() + static_cast<std::ptrdiff_t>(shown),
        [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
    for (std::size_t rank = 0; rank < shown; ++rank) {
      const std::size_t best = order[rank];
      table.rows.push_back({static_cast<std::uint64_t>(output),
                            rows == 1 ? report::Cell(report::Absent{}) : report::Cell(static_cast<std::uint64_t>(row)),
                            static_cast<std::uint64_t>(rank + 1), static_cast<std::uint64_t>(best), labels[best],
                            values[best], report::Share{shares[best]}});
    }
  }
  if (rows > kShownRows) table.left_off += static_cast<std::uint64_t>(rows - kShownRows) * kShownClasses;
}

}  // namespace

Result<std::vector<std::string>> read_labels(const std::string& path) {
  PTETOOL_ASSIGN(const auto file, File::open(path));
  const std::string_view text = as_text(file->bytes());
  std::vector<std::string> labels;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    labels.emplace_back(line);
    at = end + 1;
  }
  if (labels.empty()) return fail(ErrorCode::Malformed, path, "", "is empty; one label per line was expected");
  return labels;
}

report::Table top_table(const RunCall& call, std::span<const std::string> labels) {
  report::Table table{"top",
                      "best classes",
                      {{"output", "output"},
                       {"row", "row"},
                       {"rank", "rank"},
                       {"class", "class"},
                       {"label", "label"},
                       {"value", "value"},
                       {"probability", "probability"}},
                      {},
                      0};
  for (std::size_t i = 0; i < call.outputs.size(); ++i) {
    const auto* owned = std::get_if<OwnedTensor>(&call.outputs[i]);
    if (!owned || labels.empty()) continue;
    const Tensor& tensor = owned->tensor;
    if (tensor.rank() == 0 || tensor.numel() == 0) continue;
    if (std::cmp_equal(tensor.sizes[tensor.rank() - 1], labels.size())) add_rows(tensor, i, labels, table);
  }
  return table;
}

}  // namespace ptetool
