// Real programs edited in one way each: what another exporter writes otherwise is no difference, a number that is
// another one is.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "ptetool/compare/diff.h"
#include "ptetool/format/pte_write.h"

namespace {

using namespace ptetool;

const std::string kFolder = std::string(PTETOOL_SOURCE_DIR) + "/testdata/";

// A program to edit, and what its views point to.
class Edited {
 public:
  explicit Edited(const std::string& name) {
    const auto artifact = open_artifact(kFolder + name);
    REQUIRE(artifact);
    source_ = artifact->program();
    program = *source_;
    auto contents = pte::segment_contents(program);
    REQUIRE(contents);
    segments = std::move(*contents);
  }

  Artifact written(const pte::WriteLayout& layout = {}) const {
    const auto image = pte::make_pte(program, segments, layout);
    REQUIRE_MESSAGE(image, image.error().line());
    const auto artifact = read_artifact(File::from_bytes("edited.pte", format::image_bytes(*image)));
    REQUIRE_MESSAGE(artifact, artifact.error().line());
    return *artifact;
  }

  std::span<std::int32_t> copy(std::span<const std::int32_t> items) {
    return indices_.emplace_back(items.begin(), items.end());
  }

  pte::Program program;
  std::vector<format::SegmentContent> segments;

 private:
  std::shared_ptr<const pte::Program> source_;
  std::deque<std::vector<std::int32_t>> indices_;
};

compare::Difference between(const Artifact& was, const Artifact& is) {
  auto found = compare::diff({was, {}}, {is, {}}, {});
  REQUIRE(found);
  CHECK(found->problems.empty());
  return std::move(*found);
}

compare::Difference against_source(const std::string& name, const Artifact& is) {
  const auto was = open_artifact(kFolder + name);
  REQUIRE(was);
  return between(*was, is);
}

const report::Table& table_of(const compare::Difference& found, std::string_view part, std::string_view table) {
  const auto section = std::ranges::find(found.report.root.sections, part, &report::Section::id);
  REQUIRE(section != found.report.root.sections.end());
  return *std::ranges::find(section->tables, table, &report::Table::id);
}

// Values in reverse order, and one more that nobody uses.
void renumber(Edited& edited, pte::ExecutionPlan& plan, std::deque<std::vector<std::int64_t>>& items_of_lists) {
  const auto last = static_cast<std::int32_t>(plan.values.size()) - 1;
  std::ranges::reverse(plan.values);
  const auto turned = [&](std::span<const std::int32_t> indices) {
    const auto copy = edited.copy(indices);
    for (std::int32_t& index : copy) index = index < 0 ? index : last - index;
    return std::span<const std::int32_t>(copy);
  };
  for (pte::Value& value : plan.values) {
    if (auto* list = std::get_if<pte::TensorList>(&value.content)) list->items = turned(list->items);
    if (auto* list = std::get_if<pte::OptionalTensorList>(&value.content)) list->items = turned(list->items);
    if (auto* list = std::get_if<pte::IntList>(&value.content)) {
      auto& copy = items_of_lists.emplace_back(list->items.begin(), list->items.end());
      for (std::int64_t& item : copy) item = last - item;
      list->items = copy;
    }
  }
  plan.inputs = turned(plan.inputs);
  plan.outputs = turned(plan.outputs);
  for (pte::Chain& chain : plan.chains) {
    for (pte::Instruction& instruction : chain.instructions) {
      if (auto* call = std::get_if<pte::KernelCall>(&instruction.content)) call->args = turned(call->args);
      if (auto* call = std::get_if<pte::DelegateCall>(&instruction.content)) call->args = turned(call->args);
    }
  }
  plan.values.push_back({pte::Null{}, 0});
}

}  // namespace

TEST_CASE("diff: what another exporter writes otherwise is cosmetic") {
  for (const std::string name : {"diff/base.pte", "diff/xnnpack.pte", "diff/quantised.pte"}) {
    CAPTURE(name);
    Edited edited(name);
    std::deque<std::vector<std::int64_t>> items_of_lists;
    for (pte::ExecutionPlan& plan : edited.program.execution_plan) {
      if (!plan.constant_method()) renumber(edited, plan, items_of_lists);
      plan.encoded_inp_str = "another";
    }
    const auto found = against_source(name, edited.written({4096, 64}));
    for (const report::Section& part : found.report.root.sections) {
      CAPTURE(part.id);
      CHECK(std::get<std::uint64_t>(part.facts.front().value) == 0);  // differences
    }
    CHECK(found.equal);
    const report::Table& cosmetic = table_of(found, "cosmetic", "changes");
    std::vector<std::string> what;
    for (const auto& row : cosmetic.rows) what.push_back(std::get<std::string>(row[0]));
    CHECK(std::ranges::find(what, "values of forward") != what.end());
    CHECK(std::ranges::find(what, "Python inputs of forward") != what.end());
  }
}

TEST_CASE("diff: what an exporter's options move about is cosmetic, and named") {
  Edited edited("diff/xnnpack.pte");
  pte::ExecutionPlan& plan = edited.program.execution_plan[0];
  for (pte::BackendDelegate& delegate : plan.delegates) {
    REQUIRE(delegate.location == pte::DataLocation::Segment);
    const ByteView payload = *edited.program.segment_bytes(delegate.index);
    delegate.location = pte::DataLocation::Inline;
    delegate.index = static_cast<std::uint32_t>(edited.program.backend_delegate_data.size());
    edited.program.backend_delegate_data.push_back({payload, 0});
  }
  for (const auto values : {plan.inputs, plan.outputs}) {
    for (const std::int32_t index : values)
      std::get<pte::Tensor>(plan.values[static_cast<std::size_t>(index)].content).allocation_info.reset();
  }
  const auto found = against_source("diff/xnnpack.pte", edited.written());
  CHECK(found.equal);
  std::vector<std::string> what;
  for (const auto& row : table_of(found, "cosmetic", "changes").rows) what.push_back(std::get<std::string>(row[0]));
  for (const std::string row : {"payloads", "planned inputs of forward", "planned outputs of forward"})
    CHECK(std::ranges::find(what, row) != what.end());
}

TEST_CASE("diff: constants inside the tables, as v0.1 wrote them, are the same constants") {
  Edited edited("diff/base.pte");
  const pte::SubsegmentOffsets constants = *edited.program.constant_segment;
  std::vector<ByteView> buffers(constants.offsets.size());
  for (const pte::Value& value : edited.program.execution_plan[0].values) {
    const pte::Tensor* tensor = value.tensor();
    if (!tensor || !tensor->constant()) continue;
    const auto bytes = edited.program.constant_bytes(tensor->data_buffer_idx, *pte::tensor_nbytes(*tensor));
    REQUIRE(bytes);
    buffers[tensor->data_buffer_idx] = *bytes;
  }
  edited.program.constant_segment.reset();
  edited.program.constant_buffer.clear();
  for (const ByteView bytes : buffers) {
    auto& buffer = edited.program.constant_buffer.emplace_back();
    buffer.data = bytes;
  }
  edited.segments.clear();
  const auto found = against_source("diff/base.pte", edited.written());
  CHECK(found.equal);
  CHECK_FALSE(table_of(found, "cosmetic", "changes").rows.empty());  // the extended header
}

TEST_CASE("diff: a literal that changed is one changed instruction") {
  Edited edited("diff/base.pte");
  pte::ExecutionPlan& plan = edited.program.execution_plan[0];
  const auto calls = [&](const pte::Instruction& instruction) {
    const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
    return call && plan.operators[static_cast<std::size_t>(call->op_index)].name == "aten::addmm";
  };
  const auto place = std::ranges::find_if(plan.chains[0].instructions, calls);
  REQUIRE(place != plan.chains[0].instructions.end());
  auto& call = std::get<pte::KernelCall>(place->content);
  const auto args = edited.copy(call.args);
  args[3] = static_cast<std::int32_t>(plan.values.size());  // beta
  plan.values.push_back({pte::Int{2}, 0});
  call.args = args;
  const auto found = against_source("diff/base.pte", edited.written());
  CHECK(found.differs);
  const report::Table& changes = table_of(found, "graph", "changes");
  REQUIRE(changes.rows.size() == 1);
  CHECK(std::get<std::string>(changes.rows[0][1]) == "changed");
  CHECK(std::get<std::string>(changes.rows[0][5]) == "argument 3: 1 -> 2");
  for (const std::string_view part : {"interface", "operators", "delegates", "metadata"})
    CHECK(table_of(found, part, "changes").rows.empty());
}

TEST_CASE("diff: nodes inside a delegate are aligned like instructions") {
  struct Edit {
    std::string name;
    std::size_t inserted, removed, moved, changed, weights_added;
  };
  const Edit edits[] = {
      {"chain_node", 1, 0, 0, 0, 0},
      {"chain_blocks", 10, 0, 0, 0, 8},  // two blocks of five nodes and four weights
      {"chain_moved", 0, 0, 1, 0, 0},
      {"chain_slope", 0, 0, 0, 1, 0},
  };
  const auto base = open_artifact(kFolder + "diff/chain.pte");
  REQUIRE(base);
  for (const Edit& edit : edits) {
    CAPTURE(edit.name);
    const auto edited = open_artifact(kFolder + "diff/" + edit.name + ".pte");
    REQUIRE(edited);
    const auto found = between(*base, *edited);
    const auto count = [&](const report::Table& table, std::string_view word) {
      return static_cast<std::size_t>(
          std::ranges::count_if(table.rows, [&](const auto& row) { return std::get<std::string>(row[1]) == word; }));
    };
    const report::Table& nodes = table_of(found, "delegates", "nodes");
    CHECK(count(nodes, "inserted") == edit.inserted);
    CHECK(count(nodes, "removed") == edit.removed);
    CHECK(count(nodes, "changed") == edit.changed);
    CHECK(count(nodes, "moved") == edit.moved);
    CHECK(nodes.rows.size() == edit.inserted + edit.removed + edit.moved + edit.changed);
    CHECK(table_of(found, "weights", "added").rows.size() == edit.weights_added);
    for (const char* table : {"changed", "removed", "renamed", "moved"})
      CHECK(table_of(found, "weights", table).rows.empty());
    CHECK(table_of(found, "graph", "changes").rows.empty());
    CHECK(table_of(found, "interface", "changes").rows.empty());
  }
}
