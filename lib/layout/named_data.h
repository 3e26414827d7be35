// Named data of a program: where each name is found, what it holds, and what the program needs from outside.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "layout/inspect_views.h"

namespace ptetool::layout {

// The name of the file that an entry is in; "this file".
std::string file_of_entry(const Model& model, std::size_t entry);
std::optional<std::uint64_t> offset_of_entry(const Model& model, const NamedEntry& entry);

// What the XNNPACK graphs take the bytes of a key for: "fp32 [64, 32]", "scales".
std::unordered_map<std::string_view, std::string> delegate_types(const Model& model);

// A name that the program needs from outside.
struct ExternalName {
  std::uint64_t bytes = 0;
  std::optional<std::size_t> entry;
  const pte::Tensor* tensor = nullptr;
};
std::map<std::string_view, ExternalName> external_names(const Model& model);

// Every name that is offered or needed.
report::Table data_table(const Lens& lens, const Model& model);

}  // namespace ptetool::layout
