// Bundled programs of today and of v0.1.
#include "ptetool/format/bundled.h"

#include <doctest/doctest.h>

#include <string>

#include "bundled_program_generated.h"

namespace {

using namespace ptetool;
namespace fb = ptetool::fb::bundled;
using Builder = flatbuffers::FlatBufferBuilder;

const std::vector<std::uint8_t> kProgram = {8, 0, 0, 0, 'E', 'T', '1', '2', 1, 2, 3};

std::shared_ptr<const File> finish(Builder& builder, flatbuffers::Offset<fb::BundledProgram> root,
                                   const char* identifier = "BP08") {
  builder.Finish(root, identifier);
  return File::from_bytes("model.bpte", {builder.GetBufferPointer(), builder.GetSize()});
}

std::shared_ptr<const File> example() {
  Builder builder;
  const std::vector<std::int32_t> sizes = {2, 1};
  const std::vector<std::uint8_t> data = {1, 2, 3, 4, 5, 6, 7, 8}, dim_order = {0, 1};
  const auto value = [&](fb::ValueUnion type, auto table) { return fb::CreateValue(builder, type, table.Union()); };
  const std::vector<flatbuffers::Offset<fb::Value>> inputs = {
      value(fb::ValueUnion::Tensor,
            fb::CreateTensorDirect(builder, ptetool::fb::scalar::ScalarType::FLOAT, &sizes, &data, &dim_order)),
      value(fb::ValueUnion::Int, fb::CreateInt(builder, -5)),
      value(fb::ValueUnion::Bool, fb::CreateBool(builder, true)),
      value(fb::ValueUnion::Double, fb::CreateDouble(builder, 2.5)),
      value(static_cast<fb::ValueUnion>(9), fb::CreateInt(builder, 1)),
      fb::CreateValue(builder, fb::ValueUnion::Int),
  };
  const auto cases =
      std::vector{fb::CreateBundledMethodTestCaseDirect(builder, &inputs), fb::CreateBundledMethodTestCase(builder)};
  const auto suites = std::vector{fb::CreateBundledMethodTestSuiteDirect(builder, "forward", &cases)};
  builder.ForceVectorAlignment(kProgram.size(), 1, 32);
  return finish(builder, fb::CreateBundledProgramDirect(builder, 2, &suites, &kProgram));
}

TEST_CASE("test cases and the program inside") {
  const auto file = example();
  const auto bundle = bundled::read_bundled(file);
  REQUIRE(bundle);
  CHECK(bundle->version == 2);
  CHECK(bundle->identifier == "BP08");
  CHECK(bundle->program_offset % 32 == 0);
  CHECK(std::equal(bundle->program.begin(), bundle->program.end(), kProgram.begin(), kProgram.end()));
  REQUIRE(bundle->test_suites.size() == 1);
  const auto& suite = bundle->test_suites[0];
  CHECK(suite.method_name == "forward");
  REQUIRE(suite.test_cases.size() == 2);
  const auto& inputs = suite.test_cases[0].inputs;
  REQUIRE(inputs.size() == 6);
  const auto& tensor = std::get<bundled::Tensor>(inputs[0].content);
  CHECK(tensor.scalar_type == ScalarType::Float);
  CHECK(tensor.sizes[0] == 2);
  CHECK(tensor.dim_order[1] == 1);
  CHECK(tensor.data.size() == 8);
  CHECK(std::get<std::int64_t>(inputs[1].content) == -5);
  CHECK(std::get<bool>(inputs[2].content));
  CHECK(std::get<double>(inputs[3].content) == 2.5);
  CHECK(std::get<bundled::UnknownValue>(inputs[4].content).type == 9);
  CHECK(std::get<bundled::UnknownValue>(inputs[5].content).type == 2);
  CHECK(suite.test_cases[0].expected_outputs.empty());
  CHECK(suite.test_cases[1].inputs.empty());
  CHECK(inputs[0].offset < file->size());

  const auto program = bundle->program_file();
  CHECK(program->name() == "model.bpte (program)");
  CHECK(program->bytes().data() == bundle->program.data());  // in place
}

TEST_CASE("a program that is not aligned is copied") {
  const auto file = example();
  auto bundle = bundled::read_bundled(file);
  REQUIRE(bundle);
  bundle->program = bundle->program.subspan(4);
  const auto program = bundle->program_file();
  CHECK(is_aligned(program->bytes().data(), 16));
  CHECK(as_text(program->bytes()) == as_text(bundle->program));
}

TEST_CASE("v0.1: only the program is taken") {
  Builder builder;
  builder.ForceVectorAlignment(kProgram.size(), 1, 16);
  const auto program = builder.CreateVector(kProgram);
  // Whatever field 1 holds is not looked at.
  const auto junk = builder.CreateString("not a vector of tables");
  fb::BundledProgramBuilder root(builder);
  root.add_version(1);
  root.add_method_test_suites(junk.o);
  root.add_program(program);
  const auto bundle = bundled::read_bundled(finish(builder, root.Finish(), "BP06"));
  REQUIRE(bundle);
  CHECK(bundle->identifier == "BP06");
  CHECK(bundle->version == 1);
  CHECK(bundle->test_suites.empty());
  CHECK(bundle->program.size() == kProgram.size());
}

TEST_CASE("bundled programs that are refused") {
  const auto line = [](std::shared_ptr<const File> file) {
    const auto result = bundled::read_bundled(std::move(file));
    REQUIRE_FALSE(result);
    return result.error().line();
  };
  CHECK(line(File::from_bytes("a", {})) == "a: at offset 0x0: is empty");
  CHECK(line(File::from_bytes("a", bytes_of("BP08"))) ==
        "a: at offset 0x0: is cut off: 4 bytes cannot hold a bundled program");
  CHECK(line(File::from_bytes("a", kProgram)) == "a: at offset 0x4: is no bundled program (no 'BP08' at offset 4)");
  Builder builder;
  CHECK(line(finish(builder, fb::CreateBundledProgram(builder, 2))) == "model.bpte: program: holds no program");
  const auto whole = example();
  for (std::size_t size = 8; size < whole->size(); ++size) {
    const auto cut = bundled::read_bundled(File::from_bytes("a", whole->bytes().first(size)));
    if (cut) CHECK(cut->program_offset + cut->program.size() <= size);
  }
  CHECK_FALSE(bundled::read_bundled(File::from_bytes("a", whole->bytes().first(whole->size() / 2))));
}

}  // namespace
