// What older exporters kept elsewhere takes part as well: constants inside of XNNPACK payloads (before v0.6), and the
// initial state of mutable buffers.
#include <deque>

#include "dedupe_files.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/format/xnnpack_take_out.h"

using namespace dedupe_files;

namespace {

dedupe::Options everything() {
  dedupe::Options options;
  options.min_size = 1;
  return options;
}

std::shared_ptr<const Model> opened(const dedupe::ModelFiles& files) {
  const auto set = dedupe::open_set(std::span(&files, 1), {});
  REQUIRE_MESSAGE(set, set.error().line());
  return set->programs[0].model;
}

// Constants of XNNPACK graphs that lie inside of payloads and are used.
std::size_t inside(const Model& model) {
  std::size_t count = 0;
  for (const LinkedDelegate& delegate : model.delegates) {
    const auto& constants = (*delegate.graph)->constants;
    const std::vector<bool> used = xnn::used_constants(**delegate.graph);
    for (std::size_t c = 1; c < constants.size(); ++c) count += constants[c].inside && used[c] ? 1 : 0;
  }
  return count;
}

// The way there and back; gives what was written.
dedupe::Plan there_and_back(const Folder& folder, const std::vector<dedupe::ModelFiles>& models) {
  std::vector<std::vector<std::vector<std::uint8_t>>> expected;
  for (const auto& model : models) expected.push_back(outputs(model));
  auto plan = written(models, folder / "thin", everything());
  const auto thin = models_of(plan, folder / "thin");
  for (std::size_t m = 0; m < models.size(); ++m) CHECK(outputs(thin[m]) == expected[m]);
  CHECK_FALSE(written(thin, folder / "again", everything()).changes());
  dedupe::Options whole = everything();
  whole.inline_data = true;
  const auto back = models_of(written(thin, folder / "back", whole), folder / "back");
  for (std::size_t m = 0; m < models.size(); ++m) {
    CHECK(back[m].data.empty());
    CHECK(outputs(back[m]) == expected[m]);
  }
  return plan;
}

// One program with the methods of two bundles, those of the second under other names.
std::string joined(const Folder& folder, const std::string& first, const std::string& second) {
  const auto one = open_artifact(testdata(first));
  const auto other = opened({testdata(second), {}});
  REQUIRE(one);
  pte::Program program = *one->program();
  std::vector<format::SegmentContent> segments = *pte::segment_contents(program);
  std::deque<std::string> names;
  for (std::size_t p = 0; p < other->program->execution_plan.size(); ++p) {
    const pte::ExecutionPlan& source = other->program->execution_plan[p];
    pte::ExecutionPlan& plan = program.execution_plan.emplace_back(source);
    plan.name = names.emplace_back(std::string(source.name) + "_again");
    for (std::size_t d = 0; d < plan.delegates.size(); ++d) {
      pte::BackendDelegate& delegate = plan.delegates[d];
      const auto& payload = other->find_delegate(p, d)->payload;
      REQUIRE(payload);
      delegate.location = pte::DataLocation::Inline;
      delegate.index = static_cast<std::uint32_t>(program.backend_delegate_data.size());
      program.backend_delegate_data.push_back({*payload, 0});
    }
  }
  const auto image = pte::make_pte(program, segments);
  REQUIRE_MESSAGE(image, image.error().line());
  REQUIRE(write_file(folder / "joined.pte", format::image_bytes(*image)));
  return folder / "joined.pte";
}

}  // namespace

TEST_CASE("dedupe: constants leave the payloads of exporters before v0.6") {
  for (const std::string layout : {"layout_v01", "layout_region"}) {
    CAPTURE(layout);
    const Folder folder;
    const std::string source = testdata("xnnpack/" + layout + ".bpte");
    fs::copy_file(source, folder / "a.bpte");
    fs::copy_file(source, folder / "b.bpte");
    CHECK(inside(*opened({source, {}})) > 5);
    const auto plan = there_and_back(folder, {{folder / "a.bpte", {}}, {folder / "b.bpte", {}}});
    CHECK(plan.changes());
    REQUIRE(plan.notes.size() == 2);
    CHECK(plan.notes[0].message.find("needs ExecuTorch v0.6 or later then") != std::string::npos);
    for (const auto& model : models_of(plan, folder / "thin")) {
      CHECK(model.data.size() == 1);
      CHECK(inside(*opened(model)) == 0);
    }
  }
}

TEST_CASE("dedupe: alone, and where its constants are in no other place, an old payload stays as it is") {
  const Folder folder;
  const auto plan = written({{testdata("xnnpack/layout_v01.bpte"), {}}}, folder / "alone", {});
  CHECK_FALSE(plan.changes());
  CHECK(plan.notes.empty());
}

TEST_CASE("dedupe: the same constants in payloads of two layouts are stored once") {
  const Folder folder;
  const std::vector<dedupe::ModelFiles> two = {{testdata("xnnpack/layout_v01.bpte"), {}},
                                               {testdata("xnnpack/layout_region.bpte"), {}}};
  const auto plan = there_and_back(folder, two);
  CHECK(plan.changes());
  // The family of v0.2 has more members; what both have moves.
  const auto shared = ptd::read_ptd(*File::open(folder / "thin/shared.ptd"));
  REQUIRE(shared);
  CHECK(shared->entries.size() == inside(*opened(two[0])));

  const Folder another;
  const std::string one = joined(another, "xnnpack/layout_v01.bpte", "xnnpack/layout_region.bpte");
  const std::size_t before = inside(*opened({one, {}}));
  const auto plan_of_one = there_and_back(another, {{one, {}}});
  CHECK(plan_of_one.changes());
  const auto thin = opened(models_of(plan_of_one, another / "thin")[0]);
  CHECK(thin->data.empty());
  CHECK(inside(*thin) == before - 2 * shared->entries.size());
  CHECK(thin->program->named_data.size() == shared->entries.size());
}

TEST_CASE("dedupe: initial state that programs share is stored once, and each begins with its own") {
  const Folder folder;
  fs::copy_file(testdata("execution/stateful.pte"), folder / "a.pte");
  fs::copy_file(testdata("execution/stateful.pte"), folder / "b.pte");
  const auto plan = there_and_back(folder, {{folder / "a.pte", {}}, {folder / "b.pte", {}}});
  const auto initial = [](const Model& model, bool external) {
    std::size_t count = 0;
    for (const pte::ExecutionPlan& each : model.program->execution_plan) {
      for (const pte::Value& value : each.values) {
        const pte::Tensor* tensor = value.tensor();
        if (!tensor) continue;
        count += (external ? tensor->external() && tensor->allocation_info.has_value() : tensor->initialised_state());
      }
    }
    return count;
  };
  const std::size_t states = initial(*opened({folder / "a.pte", {}}), false);
  CHECK(states > 0);
  for (const auto& model : models_of(plan, folder / "thin")) {
    CHECK(model.data.size() == 1);
    const auto thin = opened(model);
    CHECK(initial(*thin, false) == 0);
    CHECK(initial(*thin, true) == states);
    CHECK(thin->program->mutable_data_segments.empty());
  }
  for (const auto& name : {"a.pte", "b.pte"})
    CHECK(initial(*opened({folder / (std::string("back/") + name), {}}), false) == states);
}
