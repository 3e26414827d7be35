// A section of tokenizer.json that is one step or a sequence of them: how normalisers, pre-tokenizers and decoders are
// written. Each step is a std::function<Result<>(State&)>.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/json_fields.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

// A type of step, by the name that the file gives, and what reads its fields.
template <class Step>
struct StepType {
  std::string_view name;
  Result<Step> (*read)(Fields&);
};

template <class Step>
struct StepTypes {
  std::string_view what;     // "normalizer", for messages
  std::string_view members;  // the field of a sequence that holds its steps
  std::span<const StepType<Step>> types;
};

// Sequences inside sequences: real files have one level.
inline constexpr int kMostSequences = 8;

// Errors: Malformed (fields), Unsupported (a type that is not among `types`), Limit (too many sequences in one
// another).
template <class Step>
Result<Step> read_step(const nlohmann::json& section, const std::string& path, const StepTypes<Step>& known,
                       int depth = 0) {
  if (depth >= kMostSequences) return fail(ErrorCode::Limit, "", path, "has too many sequences inside one another");
  Fields fields(section, path);
  const std::string name = fields.text("type");
  if (name == "Sequence") {
    const std::string members(known.members);
    std::vector<Step> steps;
    if (const auto* list = fields.part(members.c_str()); list != nullptr && list->is_array()) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        PTETOOL_ASSIGN(auto step, read_step((*list)[i], indexed(fields.path_of(members.c_str()), i), known, depth + 1));
        steps.push_back(std::move(step));
      }
    }
    PTETOOL_CHECK(fields.finish());
    return [steps = std::move(steps)](auto& state) -> Result<> {
      for (const Step& step : steps) PTETOOL_CHECK(step(state));
      return {};
    };
  }
  for (const StepType<Step>& type : known.types) {
    if (type.name != name) continue;
    PTETOOL_ASSIGN(auto step, type.read(fields));
    PTETOOL_CHECK(fields.finish());
    return step;
  }
  PTETOOL_CHECK(name.empty() ? fields.finish() : Result<>());
  return fields.unsupported("the " + std::string(known.what) + " " + quoted(name) + " is not supported");
}

}  // namespace ptetool::llm
