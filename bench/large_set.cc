// Writes what people have who fused their adapters: two programs with the same foundation inside and some weights of
// their own, and two data files that differ in one number. Every weight has other bytes, none compresses.
//   large_set FOLDER [GIGABYTES=2.4] [WEIGHTS=400]   base.pte, lora.pte, old.ptd, new.ptd
#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "ptetool/format/ptd_write.h"
#include "ptetool/format/pte_write.h"

namespace {

using namespace ptetool;
using format::SegmentContent;

constexpr std::int32_t kRows = 1024;
constexpr std::size_t kShift = 4096;  // from one weight's bytes to the next one's, in the random bytes that all view

struct Weights {
  std::vector<std::uint64_t> noise;
  std::vector<std::int32_t> sizes;
  std::size_t size = 0;

  Weights(double gigabytes, std::size_t count) {
    const auto columns = static_cast<std::int32_t>(gigabytes * 1e9 / 4 / kRows / static_cast<double>(count));
    sizes = {kRows, columns};
    size = static_cast<std::size_t>(kRows) * static_cast<std::size_t>(columns) * sizeof(float);
    std::mt19937_64 random(1);
    noise.resize((size + 2 * count * kShift) / sizeof(std::uint64_t) + 1);
    // Small positive floats, two at a time.
    for (std::uint64_t& each : noise) each = (random() & 0x007fffff007fffffull) | 0x3c0000003c000000ull;
  }
  ByteView bytes(std::size_t weight) const {
    return bytes_of(std::span<const std::uint64_t>(noise)).subspan(weight * kShift, size);
  }
};

Result<> store(const std::string& path, const Result<format::FileImage>& image) {
  if (!image) return Failure(image.error());
  PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(path));
  PTETOOL_CHECK(format::write_image(*image, file));
  return file.commit();
}

// x is multiplied by the weights `numbers` in turn.
Result<> write_program(const std::string& path, const Weights& weights, const std::vector<std::size_t>& numbers) {
  static const std::vector<std::uint8_t> order = {0, 1};
  pte::Program program = pte::program_with_method("forward");
  pte::ExecutionPlan& plan = program.execution_plan.front();
  plan.operators.push_back({"aten::mul", "out", 0});
  const auto add = [&](std::uint32_t constant, std::uint64_t at) {
    pte::Tensor tensor;
    tensor.scalar_type = ScalarType::Float;
    tensor.sizes = weights.sizes;
    tensor.dim_order = order;
    tensor.data_buffer_idx = constant;
    if (constant == 0) tensor.allocation_info = pte::AllocationDetails{1, at};
    plan.values.push_back({tensor, 0});
    return static_cast<std::int32_t>(plan.values.size()) - 1;
  };
  std::deque<std::vector<std::int32_t>> lists;
  std::vector<std::uint64_t> offsets = {0};
  SegmentContent constants;
  pte::Chain& chain = plan.chains.front();
  const std::uint64_t planned = *checked_align_up(weights.size, 16);
  std::int32_t x = add(0, 0);
  lists.push_back({x});
  plan.inputs = lists.back();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    offsets.push_back(constants.size);
    constants.pieces.push_back({constants.size, weights.bytes(numbers[i])});
    constants.size = *checked_align_up(constants.size + weights.size, 16);
    const std::int32_t weight = add(static_cast<std::uint32_t>(i + 1), 0);
    const std::int32_t out = add(0, (i + 1) % 2 * planned);
    lists.push_back({x, weight, out, out});
    chain.instructions.push_back({pte::KernelCall{0, lists.back()}, 0});
    x = out;
  }
  lists.push_back({x});
  plan.outputs = lists.back();
  const std::vector<std::int64_t> arenas = {0, static_cast<std::int64_t>(2 * planned)};
  plan.non_const_buffer_sizes = arenas;
  program.constant_segment = pte::SubsegmentOffsets{0, offsets, 0};
  return store(path, pte::make_pte(program, std::span(&constants, 1)));
}

Result<> write_data(const std::string& path, const Weights& weights, std::size_t count, const ByteView* other) {
  static const std::vector<std::uint8_t> order = {0, 1};
  std::deque<std::string> names;
  ptd::Contents contents;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(fmt::format("layers.{}.weight", i));
    contents.entries.push_back(
        {names.back(), static_cast<std::uint32_t>(i), ptd::TensorLayout{ScalarType::Float, weights.sizes, order}});
    contents.segments.push_back(SegmentContent::of(other && i == count / 2 ? *other : weights.bytes(i)));
  }
  return store(path, ptd::make_ptd(contents));
}

Result<> write_all(const std::string& folder, double gigabytes, std::size_t count) {
  const Weights weights(gigabytes, count);
  std::vector<std::size_t> base(count), lora;
  for (std::size_t i = 0; i < count; ++i) base[i] = i;
  lora = base;
  for (std::size_t i = 0; i < count; i += 50) lora[i] = count + i;
  PTETOOL_CHECK(write_program(folder + "/base.pte", weights, base));
  PTETOOL_CHECK(write_program(folder + "/lora.pte", weights, lora));
  PTETOOL_CHECK(write_data(folder + "/old.ptd", weights, count, nullptr));
  const ByteView was = weights.bytes(count / 2);
  std::vector<std::uint8_t> changed(was.begin(), was.end());
  changed[changed.size() / 2] ^= 1;
  const ByteView is = changed;
  return write_data(folder + "/new.ptd", weights, count, &is);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: large_set FOLDER [GIGABYTES=2.4] [WEIGHTS=400]\n");
    return 2;
  }
  const double gigabytes = argc > 2 ? std::atof(argv[2]) : 2.4;
  const auto count = static_cast<std::size_t>(argc > 3 ? std::atoll(argv[3]) : 400);
  if (const auto done = write_all(argv[1], gigabytes, count); !done) {
    fmt::print(stderr, "{}\n", done.error().line());
    return 2;
  }
  return 0;
}
