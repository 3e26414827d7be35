// Bags of rows of a table, each reduced to one row: _embedding_bag, _embedding_bag_forward_only.
//
// Of the four outs only the first always has a meaning. PyTorch leaves bag_size empty of meaning for sums, max_indices
// for all but maxima, and offset2bag is without elements for sums that need no backward pass; the exporter plans some
// of them with other sizes than PyTorch gives them. Such outs are filled with 0.
#include <algorithm>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/rows.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

enum class Mode : std::uint8_t { Sum, Mean, Max };

struct Bags {
  Mode mode{};
  std::vector<std::int64_t> rows;     // of all bags
  std::vector<std::int64_t> offsets;  // where bags begin, and where the last one ends
  std::int64_t padding = -1;          // a row that does not count

  std::int64_t count() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  // Rows of a bag that count. PyTorch's last bag has all that remain, even where its offset says that it ends earlier.
  std::int64_t size(std::int64_t bag) const {
    const auto at = static_cast<std::size_t>(bag);
    const auto first = rows.begin() + offsets[at];
    const auto last = bag + 1 == count() ? rows.end() : rows.begin() + offsets[at + 1];
    return (last - first) - std::count(first, last, padding);
  }
};

// Whether PyTorch adds rows without listing the bag of each: then a given end of the last bag is where adding stops.
bool adds_at_once(Mode mode, std::int64_t padding, ScalarType dtype) {
  return mode != Mode::Max && padding < 0 && dtype != ScalarType::Double;
}

Result<std::vector<std::int64_t>> read_offsets(const Call& call, const Tensor& offsets, std::int64_t count,
                                               bool with_end) {
  if (offsets.rank() != 1) return call.fail(ErrorCode::Mismatch, "the offsets are not 1-d");
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), offsets.dtype)) {
    return unsupported_dtype(call, offsets.dtype);
  }
  auto read = numbers_of<std::int64_t>(offsets, ScalarType::Long);
  if (with_end && read.empty()) return call.fail(ErrorCode::Mismatch, "the offsets lack the last one");
  if (!read.empty() && read[0] != 0) {
    return call.fail(ErrorCode::Mismatch, "the first offset is " + std::to_string(read[0]) + ", not 0");
  }
  std::int64_t last = 0;
  for (const std::int64_t each : read) {
    if (each < last || each > count) {
      return call.fail(ErrorCode::Mismatch, "offset " + std::to_string(each) + " after " + std::to_string(last) +
                                                ", for " +
                                                counted(static_cast<std::uint64_t>(count), "index", "indices"));
    }
    last = each;
  }
  if (!with_end) read.push_back(count);
  return read;
}

Result<Bags> read_bags(Call& call) {
  const Tensor weight = call.tensor(0);
  const Tensor indices = call.tensor(1);
  if (weight.rank() != 2) return call.fail(ErrorCode::Mismatch, "weight is not a matrix");
  if (indices.rank() != 1) return call.fail(ErrorCode::Mismatch, "the indices are not 1-d");
  if (call.integer(4) < 0 || call.integer(4) > 2) {
    return call.fail(ErrorCode::Mismatch, "mode " + std::to_string(call.integer(4)));
  }
  Bags bags;
  bags.mode = static_cast<Mode>(call.integer(4));
  bags.padding = call.integer(8);
  auto rows = row_indices(call, indices, weight.sizes[0]);
  if (!rows) return Failure(rows.error());
  bags.rows = *std::move(rows);
  auto offsets = read_offsets(call, call.tensor(2), indices.numel(), call.boolean(7));
  if (!offsets) return Failure(offsets.error());
  bags.offsets = *std::move(offsets);
  if (!adds_at_once(bags.mode, bags.padding, weight.dtype)) bags.offsets.back() = indices.numel();
  if (const Tensor* each = call.optional_tensor(6)) {
    if (bags.mode != Mode::Sum) return call.fail(ErrorCode::Mismatch, "weights of samples need the mode sum");
    PTETOOL_CHECK(same_dtype(call, weight, "weight", *each, "per_sample_weights"));
    if (!(each->sizes == indices.sizes)) {
      return call.fail(ErrorCode::Mismatch, "the shape of per_sample_weights is not that of the indices");
    }
  }
  return bags;
}

// Gives an out one of the sizes that PyTorch or its exporter may give it: the first, unless it is fixed to another.
Result<> prepare_one_of(const Call& call, Tensor& out, std::initializer_list<Sizes> choices) {
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto fixed = std::ranges::find(choices, out.sizes);
  return prepare(call, out, out.dynamism == Dynamism::Static && fixed != choices.end() ? *fixed : *choices.begin());
}

// Writes the first numbers of a list, and zeros where it has no more.
void write_list(std::vector<std::int64_t> numbers, Tensor& out) {
  numbers.resize(static_cast<std::size_t>(out.numel()));
  const Writer writer(ScalarType::Long, out.dtype);
  write_line(writer, numbers.data(), out, 0, 1, out.numel());
}

Result<> prepare_outs(Call& call, const Bags& bags) {
  const Tensor& weight = call.tensor(0);
  const std::int64_t offsets = call.tensor(2).numel();
  const Sizes per_index{static_cast<std::int64_t>(bags.rows.size())};
  PTETOOL_CHECK(same_dtype(call, weight, "weight", call.out(0), "the out"));
  PTETOOL_CHECK(prepare(call, call.out(0), Sizes{bags.count(), weight.sizes[1]}));
  const bool without_bags = bags.mode == Mode::Sum && adds_at_once(bags.mode, bags.padding, weight.dtype);
  PTETOOL_CHECK(prepare_one_of(call, call.out(1), {without_bags ? Sizes{0} : per_index, per_index, Sizes{0}}));
  PTETOOL_CHECK(prepare_one_of(call, call.out(2), {Sizes{bags.count()}, Sizes{offsets}}));
  if (bags.mode == Mode::Max) {
    return prepare_one_of(call, call.out(3), {Sizes{bags.count(), weight.sizes[1]}});
  }
  return prepare_one_of(call, call.out(3), {Sizes{bags.count()}, Sizes{offsets}});
}

void write_bag_numbers(Call& call, const Bags& bags) {
  std::vector<std::int64_t> bag_of;
  std::vector<std::int64_t> sizes;
  for (std::int64_t bag = 0; bag < bags.count(); ++bag) {
    const auto at = static_cast<std::size_t>(bag);
    bag_of.resize(static_cast<std::size_t>(bags.offsets[at + 1]), bag);
    sizes.push_back(bags.size(bag));
  }
  bag_of.resize(bags.rows.size(), std::max(bags.count() - 1, std::int64_t{0}));
  write_list(std::move(bag_of), call.out(1));
  write_list(bags.mode == Mode::Sum ? std::vector<std::int64_t>() : std::move(sizes), call.out(2));
  if (bags.mode != Mode::Max) write_list({}, call.out(3));
}

// One bag as numbers: the result, and the row that each maximum comes from.
template <class C>
class Reduced {
 public:
  explicit Reduced(std::int64_t width)
      : row_(static_cast<std::size_t>(width)), result_(row_.size()), sums_(row_.size()), places_(row_.size()) {}

  void reduce(const Bags& bags, std::int64_t bag, const Tensor& weight, const Reader& reader,
              const std::vector<C>& scales) {
    std::ranges::fill(sums_, 0);
    std::ranges::fill(result_, C(0));
    std::ranges::fill(places_, 0);
    bool first = true;
    const auto at = static_cast<std::size_t>(bag);
    for (std::int64_t i = bags.offsets[at]; i < bags.offsets[at + 1]; ++i) {
      const std::int64_t row = bags.rows[static_cast<std::size_t>(i)];
      if (row == bags.padding) continue;
      read_line(reader, weight, row * weight.strides[0], weight.strides[1], weight.sizes[1], row_.data());
      if (bags.mode == Mode::Max) {
        keep_larger(row, first);
      } else {
        const double scale = scales.empty() ? 1 : static_cast<double>(scales[static_cast<std::size_t>(i)]);
        for (std::size_t k = 0; k < row_.size(); ++k) sums_[k] += static_cast<double>(row_[k]) * scale;
      }
      first = false;
    }
    if (bags.mode == Mode::Max) return;
    const double divisor = bags.mode == Mode::Mean ? static_cast<double>(std::max(bags.size(bag), std::int64_t{1})) : 1;
    for (std::size_t k = 0; k < row_.size(); ++k) result_[k] = static_cast<C>(sums_[k] / divisor);
  }

  C* result() { return result_.data(); }
  std::int64_t* places() { return places_.data(); }

 private:
  // NaN is kept where it comes first, as PyTorch does.
  void keep_larger(std::int64_t row, bool first) {
    for (std::size_t k = 0; k < row_.size(); ++k) {
      if (!first && !(row_[k] > result_[k])) continue;
      result_[k] = row_[k];
      places_[k] = row;
    }
  }

  std::vector<C> row_;
  std::vector<C> result_;
  std::vector<double> sums_;
  std::vector<std::int64_t> places_;
};

Result<> embedding_bag(Call& call) {
  const auto bags = read_bags(call);
  if (!bags) return Failure(bags.error());
  const Tensor weight = call.tensor(0);
  if (!contains(kFloats, weight.dtype)) return unsupported_dtype(call, weight.dtype);
  PTETOOL_CHECK(prepare_outs(call, *bags));
  write_bag_numbers(call, *bags);
  return with_compute_type<kFloats>(call, weight.dtype, [&]<class C>() -> Result<> {
    const Tensor* per_sample = call.optional_tensor(6);
    const auto scales = per_sample ? numbers_of<C>(*per_sample, weight.dtype) : std::vector<C>();
    const Reader reader(weight.dtype, weight.dtype);
    const Writer writer(weight.dtype, weight.dtype);
    Tensor out = call.out(0);
    Tensor indices = call.out(3);
    const Writer index_writer(ScalarType::Long, indices.dtype);
    const std::int64_t width = weight.sizes[1];
    const std::int64_t rows_per_bag =
        static_cast<std::int64_t>(bags->rows.size()) / std::max(bags->count(), std::int64_t{1}) + 1;
    call.parallel(bags->count(), rows_per_bag * width, [&](std::int64_t first, std::int64_t last) {
      Reduced<C> reduced(width);
      for (std::int64_t bag = first; bag < last; ++bag) {
        reduced.reduce(*bags, bag, weight, reader, scales);
        write_line(writer, reduced.result(), out, bag * out.strides[0], out.strides[1], width);
        if (bags->mode != Mode::Max) continue;
        write_line(index_writer, reduced.places(), indices, bag * indices.strides[0], indices.strides[1], width);
      }
    });
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::_embedding_bag.out(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int "
     "mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int "
     "padding_idx=-1, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2, Tensor(d!) out3) -> (Tensor(a!), "
     "Tensor(b!), Tensor(c!), Tensor(d!))",
     embedding_bag},
    {"aten::_embedding_bag_forward_only.out(Tensor weight, Tensor indices, Tensor offsets, bool "
     "scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool "
     "include_last_offset=False, int padding_idx=-1, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2, "
     "Tensor(d!) out3) -> (Tensor(a!), Tensor(b!), Tensor(c!), Tensor(d!))",
     embedding_bag},
};

}  // namespace

std::span<const Operator> embedding_bag_operators() { return kRows; }

}  // namespace ptetool::ops
