// The elements of a weight as numbers, block by block: floats widened, quantised ones dequantised (format-facts 3.4).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compare/stored_elements.h"

namespace ptetool::compare {

// Reads elements in the order of the shape, whatever order memory has. Borrows the weight.
class NumberReader {
 public:
  // nullopt for weights that are no numbers: opaque or missing bytes, unknown types, too few bytes or scales.
  static std::optional<NumberReader> make(const Weight& weight);

  std::int64_t count() const { return stored_.count(); }
  // The shape without dims of size 1, which say nothing about where an element is.
  std::vector<std::int64_t> core() const;
  // From now on elements come in the order that they have once dims of core() are permuted like this.
  void turn(std::span<const std::uint8_t> order);
  // Elements begin … begin + to.size() - 1, which exist.
  void read(std::int64_t begin, std::span<double> to) const;

 private:
  struct Dim {
    std::int64_t size = 1, step = 1;                             // step: elements from one index to the next
    std::int64_t block = 1, parameters_from_block_to_block = 0;  // of parameters
  };

  explicit NumberReader(StoredElements stored) : stored_(std::move(stored)) {}
  bool take_parameters(const Meaning& meaning);
  bool take_blocks(std::span<const std::int64_t> blocks);
  double number(std::int64_t index) const;
  std::size_t parameter_of(std::int64_t index) const;
  std::int64_t alike_from(std::int64_t index) const;
  void read_turned(std::int64_t begin, std::span<double> to) const;

  StoredElements stored_;
  std::vector<Dim> dims_;
  std::vector<Dim> turned_;          // empty: not turned
  std::vector<double> scales_;       // empty: the stored numbers are the numbers
  std::vector<double> zero_points_;  // empty: 0
};

}  // namespace ptetool::compare
