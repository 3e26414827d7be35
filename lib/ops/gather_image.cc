// Rows of the result are built once and copied as often as they are repeated.
#include "ops/gather_image.h"

#include <cstring>

#include "ops/view.h"

namespace ptetool::ops {

namespace {

// One row of `count` positions, `lanes` elements each.
template <class Element>
void gather_row(const Element* from, std::int64_t lanes, const std::vector<std::int64_t>& positions, Element* to) {
  if (lanes == 1) {
    for (const std::int64_t position : positions) *to++ = from[position];
    return;
  }
  const auto bytes = static_cast<std::size_t>(lanes) * sizeof(Element);
  for (const std::int64_t position : positions) {
    std::memcpy(to, from + position * lanes, bytes);
    to += lanes;
  }
}

template <std::size_t kWidth>
struct Element {
  std::uint8_t bytes[kWidth];
};

template <class E>
void gather(const Call& call, const Image& image, const Positions& positions, const std::uint8_t* in,
            std::uint8_t* out) {
  const auto extent = [&](std::size_t i) { return static_cast<std::int64_t>(positions[i].size()); };
  const std::int64_t lanes = image.interleaved ? image.channels : 1;
  const std::int64_t planes = image.interleaved ? image.batch : image.planes();
  const std::int64_t length = extent(2) * lanes;
  const auto width = static_cast<std::int64_t>(sizeof(E));
  call.parallel(planes * extent(0) * extent(1), length, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t last_source = -1;
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t plane = r / extent(1) / extent(0);
      const std::int64_t depth = positions[0][static_cast<std::size_t>(r / extent(1) % extent(0))];
      const std::int64_t height = positions[1][static_cast<std::size_t>(r % extent(1))];
      const std::int64_t source = (plane * image.size[0] + depth) * image.size[1] + height;
      std::uint8_t* to = out + r * length * width;
      if (source == last_source) {
        std::memcpy(to, to - length * width, static_cast<std::size_t>(length * width));
        continue;
      }
      const void* from = in + source * image.size[2] * lanes * width;
      gather_row(static_cast<const E*>(from), lanes, positions[2], static_cast<E*>(static_cast<void*>(to)));
      last_source = source;
    }
  });
}

}  // namespace

Result<> check_extent(const Call& call, std::int64_t extent) {
  // A table of positions stands for at least as many elements of the out.
  if (extent <= std::int64_t{1} << 26) return {};
  return call.fail(ErrorCode::Limit, "a size of " + std::to_string(extent));
}

Result<> gather_image(const Call& call, const Tensor& self, const Image& image, const Positions& positions,
                      Tensor& out) {
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "out"));
  const Image result =
      image.with({static_cast<std::int64_t>(positions[0].size()), static_cast<std::int64_t>(positions[1].size()),
                  static_cast<std::int64_t>(positions[2].size())});
  const Tensor from = self;
  PTETOOL_CHECK(prepare_image(call, out, result));
  if (out.numel() == 0) return {};
  // Both in the layout of the image: elsewhere through a copy, as the elements are.
  const auto lies = [&](const Tensor& tensor) {
    return tensor.dim_order == image.order() || tensor.strides == strides_of(tensor.sizes, image.order());
  };
  const auto copy = [&](const Tensor& like) -> Result<OwnedTensor> {
    auto memory = allocate_tensor(like.dtype, like.sizes);
    if (!memory) return call.fail(memory.error().code, memory.error().message);
    memory->tensor.dim_order = image.order();
    memory->tensor.strides = strides_of(like.sizes, image.order());
    return memory;
  };
  OwnedTensor source{from, nullptr}, target{out, nullptr};
  if (!lies(from)) {
    auto memory = copy(from);
    if (!memory) return forward_error(std::move(memory));
    source = std::move(*memory);
    PTETOOL_CHECK(copy_view(call, View(from), View(source.tensor)));
  }
  if (!lies(out)) {
    auto memory = copy(out);
    if (!memory) return forward_error(std::move(memory));
    target = std::move(*memory);
  }
  const auto* in = source.tensor.as<std::uint8_t>();
  auto* to = target.tensor.as<std::uint8_t>();
  switch (self.element_size()) {
    case 1: gather<Element<1>>(call, image, positions, in, to); break;
    case 2: gather<Element<2>>(call, image, positions, in, to); break;
    case 4: gather<Element<4>>(call, image, positions, in, to); break;
    case 8: gather<Element<8>>(call, image, positions, in, to); break;
    default: gather<Element<16>>(call, image, positions, in, to); break;
  }
  if (target.memory) PTETOOL_CHECK(copy_view(call, View(target.tensor), View(out)));
  return {};
}

}  // namespace ptetool::ops
