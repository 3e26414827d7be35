// Shows a file in all views, as text and as JSON; a program perhaps with a data file.
//
// Promises: the byte map owns every byte once, every row is as long as its table is wide, both renderers take the
// report whatever names are in it, and what is taken out lies in a file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/split_input.h"
#include "ptetool/base/file.h"
#include "ptetool/compare/dot.h"
#include "ptetool/layout/byte_map.h"
#include "ptetool/layout/extract.h"
#include "ptetool/layout/inspect.h"
#include "ptetool/layout/selected_ops.h"
#include "render/json.h"
#include "render/text.h"

namespace {

using namespace ptetool;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_rows(const report::Section& section) {
  for (const report::Table& table : section.tables) {
    for (const auto& row : table.rows) require(row.size() == table.columns.size());
  }
  for (const report::Section& inner : section.sections) check_rows(inner);
}

void check_map(const Artifact& artifact) {
  std::uint64_t at = 0;
  for (const layout::Range& range : layout::byte_map(artifact).ranges) {
    require(range.offset == at && range.size > 0);
    at += range.size;
  }
  require(at == artifact.file->size());
}

void take_out(const layout::InspectInput& input) {
  std::vector<std::string> names = {"segment 0", "1", "program", "initial state 1"};
  for (const layout::Range& range : layout::byte_map(input.artifact).ranges) {
    names.push_back(range.name);
    names.insert(names.end(), range.users.begin(), range.users.end());
  }
  if (names.size() > 64) names.resize(64);
  for (const std::string& name : names) {
    const auto found = layout::find_extract(input, name);
    if (!found || found->bytes.empty()) continue;
    require(found->file != nullptr && found->offset <= found->file->size());
    if (found->layout) layout::write_extract(*found, "/dev/null");
  }
  const auto program = input.artifact.program();
  const layout::NamedProgram programs[] = {{"fuzz.pte", program.get()}};
  if (!program) return;
  require(layout::selected_operators(programs).starts_with("build_features: []\n"));
  require(compare::dot_graph(link(program, input.data), "").ends_with("}\n"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SplitInput parts = split_input(ByteView(data, size));
  auto artifact = read_artifact(File::from_bytes("input", parts.program));
  if (!artifact) return 0;
  check_map(*artifact);
  layout::InspectInput input{std::move(*artifact), {}};
  if (parts.data) {
    if (auto read = ptd::read_ptd(File::from_bytes("data", *parts.data))) {
      input.data.push_back(std::make_shared<const ptd::DataFile>(std::move(*read)));
    }
  }
  take_out(input);
  layout::InspectOptions options;
  options.views.clear();
  for (int view = 0; view <= static_cast<int>(layout::View::Bytes); ++view) {
    options.views.push_back(static_cast<layout::View>(view));
  }
  const auto inspection = layout::inspect({&input, 1}, options);
  require(inspection.has_value());
  check_rows(inspection->report.root);
  require(!cli::render_json(inspection->report).empty());
  require(!cli::render_text(inspection->report, {.colour = true, .details = true, .width = 80}).empty());
  return 0;
}
