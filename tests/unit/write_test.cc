// What the writers promise: every program and data file of testdata, written back, reads as it was, and verify finds
// nothing that it did not find before. Files of other people are held against the same in the corpus test.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "ptetool/format/ptd_write.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/link/artifact.h"
#include "ptetool/verify/verify.h"

using namespace ptetool;

namespace {

std::vector<std::string> readable_files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PTETOOL_SOURCE_DIR "/testdata")) {
    const auto extension = entry.path().extension();
    if (extension == ".pte" || extension == ".ptd" || extension == ".bpte") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

// Findings by rule and place, without offsets: those change.
std::map<std::string, std::uint64_t> findings(std::shared_ptr<const File> file) {
  const std::shared_ptr<const File> files[] = {std::move(file)};
  verify::Options options;
  options.look_nearby = false;
  std::map<std::string, std::uint64_t> found;
  for (const auto& finding : verify::verify_open_files(files, {}, options).findings) {
    found[std::string(finding.rule->id) + " " + finding.path] += finding.count;
  }
  return found;
}

void written_back(const pte::Program& program) {
  const auto segments = pte::segment_contents(program);
  REQUIRE(segments);
  const auto image = pte::make_pte(program, *segments, pte::layout_of(program));
  REQUIRE_MESSAGE(image, image.error().line());
  const auto file = File::from_bytes("written.pte", format::image_bytes(*image));
  REQUIRE(file->size() == image->size);
  const auto again = pte::read_pte(file);
  REQUIRE_MESSAGE(again, again.error().line());
  const auto difference = pte::first_difference(program, *again);
  CHECK_MESSAGE(!difference, difference.value_or(""));
  for (std::size_t i = 0; i < program.segments.size(); ++i) {
    CHECK(std::ranges::equal(*program.segment_bytes(i), *again->segment_bytes(i)));
  }
  const auto before = findings(program.file);
  for (const auto& [what, count] : findings(file)) {
    CAPTURE(what);
    const auto known = before.find(what);
    CHECK((known != before.end() && known->second >= count));
  }
  // A second time there is nothing left to straighten.
  const auto second = pte::make_pte(*again, *pte::segment_contents(*again), pte::layout_of(*again));
  REQUIRE(second);
  CHECK(format::image_bytes(*second) == format::image_bytes(*image));
}

}  // namespace

TEST_CASE("writers: every program and data file written back reads as it was") {
  std::size_t programs = 0;
  std::size_t data_files = 0;
  for (const std::string& path : readable_files()) {
    CAPTURE(path);
    const auto artifact = open_artifact(path);
    REQUIRE(artifact);
    if (const auto program = artifact->program()) {
      ++programs;
      written_back(*program);
    }
    if (const auto data = artifact->data_file()) {
      ++data_files;
      const auto contents = ptd::contents_of(*data);
      REQUIRE(contents);
      const auto image = ptd::make_ptd(*contents);
      REQUIRE(image);
      // The exporter's own layout, so the very bytes but for the order of tables in the flatbuffer.
      CHECK(image->size <= data->file->size() + 256);
      const auto again = ptd::read_ptd(File::from_bytes("written.ptd", format::image_bytes(*image)));
      REQUIRE(again);
      REQUIRE(again->entries.size() == data->entries.size());
      for (std::size_t i = 0; i < data->entries.size(); ++i) {
        CHECK(again->entries[i].key == data->entries[i].key);
        CHECK(std::ranges::equal(*again->entry_bytes(again->entries[i]), *data->entry_bytes(data->entries[i])));
        const auto& layout = data->entries[i].tensor_layout;
        const auto& other = again->entries[i].tensor_layout;
        REQUIRE(other.has_value() == layout.has_value());
        if (!layout) continue;
        CHECK(other->scalar_type == layout->scalar_type);
        CHECK(std::ranges::equal(other->sizes, layout->sizes));
        CHECK(std::ranges::equal(other->dim_order, layout->dim_order));
      }
    }
  }
  CHECK(programs > 50);
  CHECK(data_files >= 2);
}

TEST_CASE("writers: a program with every kind of value, instruction and absent list comes back") {
  const std::int64_t int_items[] = {1, 2};
  const double double_items[] = {0.5, -0.0};
  const std::uint8_t bool_items[] = {1, 0, 1};
  const std::int32_t indices[] = {0, -1};
  const std::int64_t sizes[] = {0, 1 << 20};
  const std::int32_t shape[] = {2, 3};
  const std::uint8_t order[] = {0, 1};
  const std::uint8_t bytes[] = {1, 2, 3};
  pte::Program program;
  program.file = File::from_bytes("made.pte", {});
  program.identifier = "ET12";
  program.version = 3;
  program.has_execution_plan = true;
  pte::ExecutionPlan plan;
  plan.name = "forward";
  plan.encoded_out_str = "";
  plan.present = {true, true, false, true, true, true, true};
  plan.inputs = indices;
  plan.non_const_buffer_sizes = sizes;
  plan.non_const_buffer_device = {{1, 1, 2}};
  const auto value = [&](auto content) { plan.values.push_back({content, 0}); };
  value(pte::UnknownValue{});
  value(pte::Null{});
  value(pte::Int{-5});
  value(pte::Bool{true});
  value(pte::Double{-0.0});
  value(pte::String{"a\0b"});
  value(pte::IntList{int_items});
  value(pte::IntList{});
  value(pte::DoubleList{double_items});
  value(pte::BoolList{bool_items});
  value(pte::TensorList{indices});
  value(pte::OptionalTensorList{indices});
  pte::Tensor tensor;
  tensor.scalar_type = static_cast<ScalarType>(77);
  tensor.storage_offset = 4;
  tensor.sizes = shape;
  tensor.dim_order = order;
  tensor.requires_grad = true;
  tensor.data_buffer_idx = 9;
  tensor.layout = 1;
  tensor.shape_dynamism = pte::ShapeDynamism::DynamicUnbound;
  tensor.allocation_info = pte::AllocationDetails{2, 0x123456789aull};
  tensor.extra_tensor_info = pte::ExtraTensorInfo{1, "layer.weight", pte::TensorDataLocation::External, 1, -1};
  value(tensor);
  pte::Chain chain;
  chain.has_instructions = true;
  const auto instruction = [&](auto content) { chain.instructions.push_back({content, 0}); };
  instruction(pte::UnknownInstruction{});
  instruction(pte::KernelCall{1, indices});
  instruction(pte::DelegateCall{2, indices});
  instruction(pte::MoveCall{3, 4});
  instruction(pte::JumpFalseCall{5, 6});
  instruction(pte::FreeCall{7});
  chain.stacktrace = {{{"file.py", 12, "f", {}}}, {}};
  plan.chains = {chain, {}};
  plan.operators = {{"aten::add", "", 0}, {"aten::mul", {}, 0}};
  plan.delegates.push_back({"Backend", true, pte::DataLocation::Inline, 0, {{"key", bytes}}, 0});
  plan.delegates.push_back({{}, false, pte::DataLocation::Inline, 0, {}, 0});
  program.execution_plan = {plan};
  program.constant_buffer = {{ByteView(), 0}, {bytes, 0}};
  program.backend_delegate_data = {{bytes, 0}};
  program.mutable_data_segments = {{1, std::span<const std::uint64_t>()}};
  program.named_data = {{"key", 0, 0}};
  program.has_named_data = true;
  program.has_segments = true;
  program.segments.resize(3);
  program.segments[0].size = program.segments[2].size = 3;
  const format::SegmentContent segments[] = {
      format::SegmentContent::of(bytes), {}, format::SegmentContent::of(bytes, 4096)};
  const auto image = pte::make_pte(program, segments, {128, 64});
  REQUIRE(image);
  auto again = pte::read_pte(File::from_bytes("again.pte", format::image_bytes(*image)));
  REQUIRE_MESSAGE(again, again.error().line());
  const auto difference = pte::first_difference(program, *again);
  CHECK_MESSAGE(!difference, difference.value_or(""));
  REQUIRE(again->header);
  CHECK(again->header->length == 32);
  CHECK(again->segments[2].offset == 4096);
  CHECK(again->header->segment_data_size == 4099);
  CHECK(again->constant_buffer[1].offset % 64 == 0);

  SUBCASE("each difference is found") {
    auto& other = again->execution_plan[0];
    std::get<pte::Double>(other.values[4].content).value = 0.0;
    CHECK(pte::first_difference(program, *again) == "execution_plan[0].values[4].value");
    std::get<pte::Double>(other.values[4].content).value = -0.0;
    std::get<pte::Tensor>(other.values[12].content).data_buffer_idx = 1;
    CHECK(pte::first_difference(program, *again) == "execution_plan[0].values[12].data_buffer_idx");
    CHECK(!pte::first_difference(program, *again, {.storage = false}));
    std::get<pte::MoveCall>(other.chains[0].instructions[3].content).move_to = 5;
    CHECK(pte::first_difference(program, *again, {.storage = false}) == "execution_plan[0].chains[0].instructions[3]");
  }
}

TEST_CASE("writers: what cannot be written back is refused") {
  pte::Program program;
  program.file = File::from_bytes("made.pte", {});
  program.identifier = "ET02";
  CHECK(pte::make_pte(program, {}).error().code == ErrorCode::Unsupported);
  program.identifier = "ET12";
  program.execution_plan.resize(1);
  program.execution_plan[0].values.push_back({pte::UnknownValue{99}, 0});
  const auto unknown = pte::make_pte(program, {});
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ErrorCode::Unsupported);
  CHECK(unknown.error().path == "execution_plan[0].values[0]");
  ptd::Contents contents;
  contents.entries.push_back({"key", 0, std::nullopt});
  CHECK(ptd::make_ptd(contents).error().code == ErrorCode::Internal);
}
