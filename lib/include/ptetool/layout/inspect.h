// What is in a file, as a report: the overview of one screen, and views that go into detail (docs/json/inspect.md).
//
// Only headers and tables are read. Where a part is broken the rest is still shown, and the break is a problem beside
// the report. Names in the report are as in the file: renderers make them safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/link/artifact.h"

namespace ptetool::layout {

enum class View : std::uint8_t {
  Summary,
  Methods,
  Ops,
  Values,
  Tensors,
  Plan,
  Memory,
  Delegates,
  Data,
  Segments,
  Metadata,
  Bytes,
};
// "summary", "methods" …; nullopt for other words.
std::optional<View> find_view(std::string_view name);

enum class Sort : std::uint8_t { File, Size, Name, Offset };

struct InspectOptions {
  std::vector<View> views = {View::Summary};
  std::string method;                // only this one; empty: all
  std::optional<std::uint64_t> top;  // most rows of a table; 0: all; nullopt: few in the overview, all elsewhere
  std::string filter;                // ECMAScript regular expression that a row's name must contain a match of
  Sort sort = Sort::File;
  std::optional<std::uint64_t> offset;  // View::Bytes: only what owns this byte

  bool shows(View view) const;
};

struct InspectInput {
  Artifact artifact;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;  // that serve it, if it is a program
};

struct Inspection {
  report::Report report;        // "ptetool/inspect/1"
  std::vector<Error> problems;  // what could not be shown
};

// Errors: Usage (a filter that is no regular expression, an offset beyond a file), Missing (a method that no file has).
Result<Inspection> inspect(std::span<const InspectInput> inputs, const InspectOptions& options);

}  // namespace ptetool::layout
