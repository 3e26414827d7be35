// Files that would expand to very much more than their size are refused before any rule walks them.
#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

#include <algorithm>

#include "program_generated.h"
#include "ptetool/base/file.h"
#include "ptetool/verify/verify.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::verify {

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

std::vector<Finding> findings_of(const FlatBufferBuilder& builder) {
  const ByteView bytes(builder.GetBufferPointer(), builder.GetSize());
  const std::vector<std::shared_ptr<const File>> files = {File::from_bytes("input", bytes)};
  return verify_open_files(files, {}, Options{}).findings;
}

}  // namespace

TEST_CASE("verify: a program whose values share one huge list is refused") {
  namespace fb = ptetool::fb::pte;
  FlatBufferBuilder builder;
  const auto shared = builder.CreateVector(std::vector<std::int64_t>(20000, 99999));
  std::vector<Offset<fb::EValue>> values;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(fb::CreateEValue(builder, fb::KernelTypes::IntList, fb::CreateIntList(builder, shared).Union()));
  }
  const auto list = builder.CreateVector(values);
  const auto plan = fb::CreateExecutionPlan(builder, builder.CreateString("forward"), 0, list);
  builder.Finish(fb::CreateProgram(builder, 0, builder.CreateVector(std::vector{plan})), "ET12");
  const auto findings = findings_of(builder);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule->id == "FBS007");
  CHECK(findings[0].severity == Severity::Error);
}

TEST_CASE("verify: a graph whose values share one huge list is refused") {
  namespace fb = ptetool::fb::xnn;
  FlatBufferBuilder builder;
  const auto shared = builder.CreateVector(std::vector<std::uint32_t>(20000, 1));
  std::vector<Offset<fb::XValue>> values;
  for (int i = 0; i < 2000; ++i) {
    fb::XNNTensorValueBuilder value(builder);
    value.add_dims(shared);
    values.push_back(fb::CreateXValue(builder, fb::XValueUnion::XNNTensorValue, value.Finish().Union()));
  }
  const auto list = builder.CreateVector(values);
  const auto nodes = builder.CreateVector(std::vector<Offset<fb::XNode>>{});
  fb::XNNGraphBuilder graph(builder);
  graph.add_xvalues(list);
  graph.add_xnodes(nodes);
  builder.Finish(graph.Finish(), "XN01");
  const auto findings = findings_of(builder);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule->id == "XNN001");
}

}  // namespace ptetool::verify
