// The elements of a weight as numbers, block by block: floats widened, quantised ones dequantised (format-facts 3.4).
#pragma once

#include <optional>
#include <span>

#include "compare/weight.h"
#include "ptetool/compare/error_statistics.h"
#include "ptetool/compare/tensors.h"

namespace ptetool::compare {

// Reads elements in the order of the shape, whatever order memory has. Borrows the weight.
class NumberReader {
 public:
  // nullopt for weights that are no numbers: opaque or missing bytes, unknown types, too few bytes or scales.
  static std::optional<NumberReader> make(const Weight& weight);

  std::int64_t count() const { return count_; }
  // Elements begin … begin + to.size() - 1, which exist.
  void read(std::int64_t begin, std::span<double> to) const;

 private:
  NumberReader() = default;
  void read_plain(std::int64_t begin, std::span<double> to) const;
  void read_graph_value(std::int64_t begin, std::span<double> to) const;
  std::int64_t stored_integer(std::int64_t index) const;
  double scale_of(std::int64_t index) const;

  const Weight* weight_ = nullptr;
  std::int64_t count_ = 0;
  Tensor tensor_;                  // plain tensors
  std::int64_t columns_ = 1;       // size of the last dim
  std::int64_t channel_size_ = 1;  // elements below the channel dim
  std::int64_t channels_ = 1;
  std::int64_t group_size_ = 0;  // 0: no groups
  std::vector<float> scales_;    // per channel, or per row and group
  double scale_ = 1;
  std::int64_t zero_point_ = 0;
};

struct NumberComparison {
  ErrorStatistics errors;
  std::uint64_t beyond = 0;  // elements that are not equal within tolerance
};
// nullopt where the two are not equally many numbers. Memory of what was read is given back.
std::optional<NumberComparison> compare_numbers(const Weight& actual, const Weight& expected, Tolerance tolerance);

// Cosine of the two as vectors, from at most a few thousand elements spread over them; nullopt as above, or where one
// is all zeros.
std::optional<double> sampled_cosine(const NumberReader& a, const NumberReader& b);

}  // namespace ptetool::compare
