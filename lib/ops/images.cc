// What operators on images do before they compute: rank and extents, list arguments, numbers in the layout they want.
#include "ops/images.h"

#include "ops/walk.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Do elements lie where those of a dense tensor of this dim order would? Dimensions of one element do not matter.
bool lies_in(const Tensor& tensor, const DimOrder& order) {
  const Strides wanted = strides_of(tensor.sizes, order);
  for (std::size_t dim = 0; dim < tensor.rank(); ++dim) {
    if (tensor.sizes[dim] > 1 && tensor.strides[dim] != wanted[dim]) return false;
  }
  return true;
}

ScalarType number_dtype(ScalarType dtype) {
  switch (compute_type(dtype)) {
    case ComputeType::Int: return ScalarType::Long;
    case ComputeType::Float: return ScalarType::Float;
    case ComputeType::Double: return ScalarType::Double;
    case ComputeType::ComplexFloat: return ScalarType::ComplexFloat;
    case ComputeType::ComplexDouble: return ScalarType::ComplexDouble;
  }
  return ScalarType::Double;
}

// Can numbers of this dtype be used where the tensor's elements are?
bool usable_in_place(const Tensor& tensor, ScalarType numbers, const DimOrder& order) {
  return tensor.dtype == numbers && lies_in(tensor, order) &&
         is_aligned(tensor.data, std::min<std::size_t>(static_cast<std::size_t>(tensor.element_size()), 8));
}

Result<OwnedTensor> numbers_in_order(const Call& call, ScalarType dtype, const Sizes& sizes, const DimOrder& order) {
  auto memory = allocate_tensor(dtype, sizes);
  if (!memory) return call.fail(memory.error().code, memory.error().message);
  memory->tensor.dim_order = order;
  memory->tensor.strides = strides_of(sizes, order);
  return memory;
}

// Elements of one tensor to the same coordinates of another, as numbers of `dtype`.
void convert(const Call& call, const Tensor& from, const Tensor& to, ScalarType dtype) {
  const Walk<2> walk(to.sizes, {to.strides, from.strides});
  const Reader reader(from.dtype, from.dtype);
  const Writer writer(dtype, to.dtype);
  const auto from_width = static_cast<std::int64_t>(from.element_size());
  const auto to_width = static_cast<std::int64_t>(to.element_size());
  auto* target = static_cast<std::uint8_t*>(to.data);
  const auto number_width = static_cast<std::size_t>(*dtype_size(number_dtype(from.dtype)));
  call.parallel(walk.pieces(kBlock), kBlock, [&](std::int64_t begin, std::int64_t end) {
    Block block;
    walk.each_piece(kBlock, begin, end, [&](const auto& offsets, std::int64_t count) {
      const void* numbers =
          reader.read(from.as<std::uint8_t>() + offsets[1] * from_width, walk.row_step(1), count, block);
      if (numbers != block.data()) {
        std::copy_n(static_cast<const std::uint8_t*>(numbers), static_cast<std::size_t>(count) * number_width,
                    block.bytes.data());
      }
      writer.write(block.data(), target + offsets[0] * to_width, walk.row_step(0), count);
    });
  });
}

}  // namespace

Sizes Image::sizes() const {
  Sizes all;
  if (batched) all.push_back(batch);
  all.push_back(channels);
  for (std::size_t i = 3 - spatial; i < 3; ++i) all.push_back(size[i]);
  return all;
}

Image Image::with(const Spatial& other) const {
  Image image = *this;
  image.size = other;
  return image;
}

DimOrder Image::order() const {
  const std::size_t rank = spatial + (batched ? 2 : 1);
  if (!interleaved) return contiguous_order(rank);
  return *channels_last_order(rank);
}

Result<Image> image_of(const Call& call, const Tensor& tensor, std::size_t spatial) {
  if (tensor.rank() != spatial + 1 && tensor.rank() != spatial + 2) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(tensor.sizes.span()) + ", expected are " +
                                              counted(spatial, "dimension") + " behind channels and an optional batch");
  }
  for (const std::int64_t size : tensor.sizes) {
    if (size > kMostExtent) return call.fail(ErrorCode::Limit, "a size of " + std::to_string(size));
  }
  Image image;
  image.spatial = spatial;
  image.batched = tensor.rank() == spatial + 2;
  const std::size_t channels = image.batched ? 1 : 0;
  if (image.batched) image.batch = tensor.sizes[0];
  image.channels = tensor.sizes[channels];
  for (std::size_t i = 0; i < spatial; ++i) image.size[3 - spatial + i] = tensor.sizes[channels + 1 + i];
  const auto last = image.batched ? channels_last_order(tensor.rank()) : std::nullopt;
  image.interleaved = last && tensor.dim_order == *last;
  return image;
}

Result<Image> filled_image_of(const Call& call, const Tensor& tensor, std::size_t spatial) {
  auto image = image_of(call, tensor, spatial);
  if (image && (image->channels == 0 || image->plane() == 0)) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(tensor.sizes.span()) + " has no pixels");
  }
  return image;
}

Result<Spatial> spatial_argument(const Call& call, std::size_t arg, std::size_t spatial, std::int64_t least,
                                 std::int64_t absent) {
  const auto given = call.integers(arg);
  const std::string name(call.schema().arguments[arg].name);
  if (given.size() != spatial && given.size() != 1) {
    return call.fail(ErrorCode::Mismatch,
                     name + " " + shape_text(std::span(given)) + " for " + counted(spatial, "spatial dimension"));
  }
  Spatial numbers{absent, absent, absent};
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t number = given[given.size() == 1 ? 0 : i];
    if (number < least) {
      return call.fail(ErrorCode::Mismatch,
                       name + " " + shape_text(std::span(given)) + " has a number below " + std::to_string(least));
    }
    if (number > kMostExtent) return call.fail(ErrorCode::Limit, name + " of " + std::to_string(number));
    numbers[3 - spatial + i] = number;
  }
  return numbers;
}

Result<> prepare_image(const Call& call, Tensor& out, const Image& image) {
  const Sizes sizes = image.sizes();
  if (!checked_numel(sizes.span())) {
    return call.fail(ErrorCode::Limit, "the result of shape " + shape_text(sizes.span()) + " is too large");
  }
  return prepare(call, out, sizes);
}

Result<Numbers> Numbers::read(const Call& call, const Tensor& tensor, const DimOrder& order) {
  Numbers numbers;
  const ScalarType dtype = number_dtype(tensor.dtype);
  numbers.data_ = tensor.data;
  if (tensor.numel() == 0 || usable_in_place(tensor, dtype, order)) return numbers;
  auto memory = numbers_in_order(call, dtype, tensor.sizes, order);
  if (!memory) return forward_error(std::move(memory));
  numbers.converted_ = std::move(*memory);
  numbers.data_ = numbers.converted_.tensor.data;
  convert(call, tensor, numbers.converted_.tensor, dtype);
  return numbers;
}

Result<Target> Target::open(const Call& call, Tensor& out, ScalarType dtype, const DimOrder& order) {
  Target target;
  target.dtype_ = dtype;
  target.data_ = out.data;
  const ScalarType numbers = number_dtype(dtype);
  if (out.numel() == 0 || (dtype == numbers && usable_in_place(out, numbers, order))) return target;
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  auto memory = numbers_in_order(call, numbers, out.sizes, order);
  if (!memory) return forward_error(std::move(memory));
  target.numbers_ = std::move(*memory);
  target.data_ = target.numbers_.tensor.data;
  target.out_ = &out;
  return target;
}

Result<> Target::finish(const Call& call) const {
  if (!out_) return {};
  convert(call, numbers_.tensor, *out_, dtype_);
  return {};
}

}  // namespace ptetool::ops
