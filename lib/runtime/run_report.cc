// What a run says of itself: inputs, outputs with their statistics, times.
#include <fmt/format.h>

#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/runtime/session.h"

namespace ptetool {

namespace {

using report::Absent;
using report::Cell;

// How many elements a summary shows.
constexpr std::int64_t kShownElements = 6;

std::string first_values(const Tensor& tensor) {
  std::string text = "[";
  const std::int64_t count = tensor.numel();
  for (std::int64_t i = 0; i < count && i < kShownElements; ++i) {
    if (i != 0) text += ", ";
    text += element_text(tensor, memory_index(tensor, i));
  }
  return text + (count > kShownElements ? ", …]" : "]");
}

report::Table fallback_table(const RunResult& result) {
  report::Table table{
      "fallbacks", "not on the backend", {{"delegate", "delegate", true}, {"reason", "reason", true}}, {}, 0};
  for (const Method::Fallback& each : result.fallbacks) {
    table.rows.push_back({static_cast<std::uint64_t>(each.delegate), each.reason});
  }
  return table;
}

// Stretches of operators, and why the backend computes them or not. In text only beside a profile, and where they are
// hundreds, as in language models, only with -v.
report::Table runs_table(const RunResult& result) {
  constexpr std::size_t kReadable = 24;
  const bool detail = !result.profile || result.runs.size() > kReadable;
  report::Table table{"runs",
                      "operators together",
                      {{"chain", "chain", true},
                       {"first", "first instruction", detail},
                       {"instructions", "instructions", true},
                       {"operators", "operators", detail},
                       {"delegates", "delegates", detail},
                       {"compiled", "compiled", detail},
                       {"reason", "because", detail},
                       {"portable_ms", "portable (estimate)", detail},
                       {"backend_ms", "compiled (estimate)", detail},
                       {"transposes", "transposes", detail}},
                      {},
                      0};
  for (const Method::Run& run : result.runs) {
    table.rows.push_back({static_cast<std::uint64_t>(run.chain), static_cast<std::uint64_t>(run.first),
                          static_cast<std::uint64_t>(run.last - run.first), static_cast<std::uint64_t>(run.operators),
                          static_cast<std::uint64_t>(run.delegates), run.decision.taken, run.decision.reason,
                          report::Milliseconds{run.decision.portable_us * 1e-3},
                          report::Milliseconds{run.decision.backend_us * 1e-3},
                          static_cast<std::uint64_t>(run.decision.transposes)});
  }
  return table;
}

std::vector<std::int64_t> shape_of(const Tensor& tensor) { return {tensor.sizes.begin(), tensor.sizes.end()}; }

report::Table input_table(const RunCall& call) {
  report::Table table{"inputs",
                      "inputs",
                      {{"index", "#"}, {"name", "name"}, {"dtype", "type"}, {"shape", "shape"}, {"source", "from"}},
                      {},
                      0};
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    const RunInput& input = call.inputs[i];
    const auto* tensor = std::get_if<OwnedTensor>(&input.value);
    table.rows.push_back({static_cast<std::uint64_t>(i),
                          input.info.name.empty() ? Cell(Absent{}) : Cell(input.info.name),
                          tensor ? Cell(dtype_name(tensor->tensor.dtype)) : Cell(literal_text(input.value)),
                          tensor ? Cell(shape_of(tensor->tensor)) : Cell(Absent{}), input.source});
  }
  return table;
}

report::Table output_table(const RunCall& call) {
  report::Table table{"outputs",
                      "outputs",
                      {{"index", "#"},
                       {"dtype", "type"},
                       {"shape", "shape"},
                       {"min", "min"},
                       {"max", "max"},
                       {"mean", "mean"},
                       {"nan", "NaN"},
                       {"inf", "Inf"},
                       {"values", "values"}},
                      {},
                      0};
  for (std::size_t i = 0; i < call.outputs.size(); ++i) {
    const auto* owned = std::get_if<OwnedTensor>(&call.outputs[i]);
    std::vector<Cell> row = {static_cast<std::uint64_t>(i)};
    if (owned) {
      const TensorStatistics statistics = statistics_of(owned->tensor);
      const auto number = [&](double value) { return statistics.any_finite ? Cell(value) : Cell(Absent{}); };
      row.insert(row.end(), {dtype_name(owned->tensor.dtype), shape_of(owned->tensor), number(statistics.min),
                             number(statistics.max), number(statistics.mean), statistics.nan, statistics.inf,
                             first_values(owned->tensor)});
    } else {
      row.insert(row.end(),
                 {Absent{}, Absent{}, Absent{}, Absent{}, Absent{}, Absent{}, Absent{}, literal_text(call.outputs[i])});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// Percentiles of a single execution would repeat its time: they are for JSON then.
report::Section timing_section(const RunTiming& timing, unsigned threads) {
  const std::size_t iterations = timing.iterations_ms.size();
  const auto label = [&](const char* text) { return std::string(iterations > 1 ? text : ""); };
  report::Section times;
  times.id = "timing";
  times.title = "timing";
  times.add("open_ms", "read", report::Milliseconds{timing.open_ms});
  times.add("load_ms", "load", report::Milliseconds{timing.load_ms});
  times.add("first_ms", "first run", report::Milliseconds{timing.first_ms});
  times.add("min_ms", label("min"), report::Milliseconds{timing.percentile(0)});
  times.add("mean_ms", label("mean"), report::Milliseconds{timing.mean()});
  times.add("p50_ms", label("p50"), report::Milliseconds{timing.percentile(0.5)});
  times.add("p90_ms", label("p90"), report::Milliseconds{timing.percentile(0.9)});
  times.add("p99_ms", label("p99"), report::Milliseconds{timing.percentile(0.99)});
  times.add("max_ms", label("max"), report::Milliseconds{timing.percentile(1)});
  times.add("iterations", label("iterations"), static_cast<std::uint64_t>(iterations));
  times.add("threads", "threads", std::uint64_t{threads});
  return times;
}

Cell bytes_cell(const std::optional<std::uint64_t>& bytes) {
  return bytes ? Cell(report::ByteCount{*bytes}) : Cell(Absent{});
}

report::Section memory_section(const RunResult& result, bool shown) {
  const auto label = [&](const char* text) { return std::string(shown ? text : ""); };
  std::optional<std::uint64_t> added;
  if (result.before.rss && result.after.rss) {
    added = *result.after.rss - std::min(*result.before.rss, *result.after.rss);
  }
  report::Section memory;
  memory.id = "memory";
  memory.title = "memory";
  memory.add("planned_bytes", "planned", report::ByteCount{result.planned_bytes});
  memory.add("rss_bytes", label("resident"), bytes_cell(result.after.rss));
  memory.add("anonymous_bytes", label("  anonymous"), bytes_cell(result.after.anonymous));
  memory.add("file_bytes", label("  of files"), bytes_cell(result.after.file));
  memory.add("shared_bytes", label("  shared"), bytes_cell(result.after.shared));
  memory.add("rss_loaded_bytes", label("when loaded"), bytes_cell(result.loaded.rss));
  memory.add("peak_loaded_bytes", label("peak of loading"), bytes_cell(result.loaded.peak));
  memory.add("rss_peak_bytes", label("peak"), bytes_cell(result.after.peak));
  memory.add("added_bytes", label("added by it"), bytes_cell(added));
  memory.add("packed_bytes", label("packed weights"), bytes_cell(result.packed_bytes));
  return memory;
}

}  // namespace

std::string literal_text(const HostValue& value) {
  return std::visit(
      [](const auto& content) -> std::string {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, std::monostate>) return "null";
        if constexpr (std::is_same_v<T, OwnedTensor>) return "tensor";
        if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> ||
                      std::is_same_v<T, double>) {
          return fmt::format("{}", content);
        }
      },
      value);
}

report::Section run_section(const RunResult& result, const Model& model, const RunReportOptions& options) {
  report::Section section;
  section.id = "models";
  section.listed = true;
  section.title = escaped(model.program->file->name());
  section.add("file", "", model.program->file->name());
  section.add("method", "method", result.method);
  section.add("backend", "backend", std::string(options.backend));
  const bool several = result.calls.size() > 1;
  for (std::size_t c = 0; c < result.calls.size(); ++c) {
    report::Section call;
    call.tables.push_back(input_table(result.calls[c]));
    call.tables.push_back(output_table(result.calls[c]));
    if (!options.labels.empty()) call.tables.push_back(top_table(result.calls[c], options.labels));
    if (several) {
      call.id = "calls";
      call.listed = true;
      call.title = "call " + std::to_string(c);
      section.sections.push_back(std::move(call));
    } else {
      section.tables = std::move(call.tables);
    }
  }
  section.tables.push_back(fallback_table(result));
  section.tables.push_back(runs_table(result));
  section.sections.push_back(timing_section(result.timing, options.threads));
  section.sections.push_back(memory_section(result, options.memory));
  if (result.profile) section.sections.push_back(profile_section(*result.profile));
  return section;
}

}  // namespace ptetool
