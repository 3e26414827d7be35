// The elements of a weight as they are stored: floats widened, integers of any width as integers.
#pragma once

#include <optional>
#include <span>

#include "compare/weight.h"
#include "ptetool/tensor/tensor.h"

namespace ptetool::compare {

// Borrows the weight.
class StoredElements {
 public:
  // nullopt for weights that are no numbers: opaque or missing bytes, unknown types, too few bytes.
  static std::optional<StoredElements> make(const Weight& weight);

  std::int64_t count() const { return count_; }
  // Element `index` (below count()) in the order of the shape, whatever order memory has.
  double at(std::int64_t index) const { return stored(ordered_ ? index : memory_index(tensor_, index)); }
  void read(std::int64_t begin, std::span<double> to) const;

 private:
  enum class Store : std::uint8_t { Any, Float, Half, BFloat16, SignedByte, Byte, Int32, LowNibble, HighNibble, Crumb };

  StoredElements() = default;
  static std::optional<Store> store_of(const Meaning& meaning);
  static Store store_of(xnn::Datatype type);
  std::optional<std::uint64_t> nbytes(const Meaning& meaning) const;
  double stored(std::int64_t index) const;

  ByteView bytes_;
  Store store_ = Store::Any;
  std::int64_t count_ = 0;
  std::int64_t columns_ = 1;  // size of the last dim
  Tensor tensor_;             // plain tensors
  bool ordered_ = true;       // memory has the order of the shape
};

}  // namespace ptetool::compare
