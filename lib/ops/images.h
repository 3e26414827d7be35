// Images: batches of channels over one to three spatial dimensions. Operators on them see every tensor as
// [batch, channels, depth, height, width], and its elements as numbers of the compute type, in one of two layouts.
#pragma once

#include "ops/arguments.h"
#include "ops/compute.h"

namespace ptetool::ops {

// One number per spatial dimension: depth, height, width.
using Spatial = std::array<std::int64_t, 3>;

struct Image {
  std::int64_t batch = 1, channels = 1;
  Spatial size{1, 1, 1};
  std::size_t spatial = 2;  // how many of them the tensor has, the last ones
  bool batched = true;
  // Channels innermost in memory (channels-last), else each channel's plane by itself.
  bool interleaved = false;

  std::int64_t planes() const { return batch * channels; }
  std::int64_t plane() const { return size[0] * size[1] * size[2]; }
  std::int64_t numel() const { return planes() * plane(); }
  // The tensor's sizes.
  Sizes sizes() const;
  // The same image with other extents or channels.
  Image with(const Spatial& other) const;
  // The dim order of this layout for a tensor of this image.
  DimOrder order() const;
};

// Reads a tensor with `spatial` spatial dimensions as an image. Errors: Mismatch (another rank), Limit.
Result<Image> image_of(const Call& call, const Tensor& tensor, std::size_t spatial);
// The same for operators that want pixels: only a batch may have none.
Result<Image> filled_image_of(const Call& call, const Tensor& tensor, std::size_t spatial);

// Extents, kernel sizes, strides and the like stay below this, so that what is computed of them cannot overflow.
inline constexpr std::int64_t kMostExtent = std::int64_t{1} << 30;
// One number per spatial dimension from a list argument with as many, or with one for all; `absent` where the tensor
// has no such dimension. Errors: Mismatch (numbers below `least`, another length), Limit.
Result<Spatial> spatial_argument(const Call& call, std::size_t arg, std::size_t spatial, std::int64_t least,
                                 std::int64_t absent);

// Gives an out the sizes of an image. Errors: those of prepare(), Limit.
Result<> prepare_image(const Call& call, Tensor& out, const Image& image);

// The dtype whose elements are numbers of compute type C.
template <class C>
inline constexpr ScalarType dtype_of = std::is_same_v<C, std::int64_t> ? ScalarType::Long
                                       : std::is_same_v<C, float>      ? ScalarType::Float
                                       : std::is_same_v<C, double>     ? ScalarType::Double
                                       : std::is_same_v<C, Complex64>  ? ScalarType::ComplexFloat
                                                                       : ScalarType::ComplexDouble;

// A tensor's elements in a dim order as numbers of its compute type: where they lie, if they lie so, else converted.
class Numbers {
 public:
  static Result<Numbers> read(const Call& call, const Tensor& tensor, const DimOrder& order);
  template <class C>
  const C* as() const {
    return static_cast<const C*>(data_);
  }

 private:
  OwnedTensor converted_;
  const void* data_ = nullptr;
};

// Where a kernel writes numbers of the compute type of `dtype` in a dim order; finish() brings them to the out.
class Target {
 public:
  // The out has its sizes. Numbers are not set.
  static Result<Target> open(const Call& call, Tensor& out, ScalarType dtype, const DimOrder& order);
  template <class C>
  C* as() const {
    return static_cast<C*>(data_);
  }
  Result<> finish(const Call& call) const;

 private:
  OwnedTensor numbers_;
  Tensor* out_ = nullptr;  // null: written in place
  ScalarType dtype_{};
  void* data_ = nullptr;
};

}  // namespace ptetool::ops
