// Cutting pieces at what a pattern matches, in the five ways that Hugging Face's tokenizers know.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/pieces.h"
#include "llm/regex.h"
#include "ptetool/base/result.h"

namespace ptetool::llm {

enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

std::optional<SplitBehavior> split_behavior(std::string_view name);

// Appends the ranges that match in one piece, in order and without overlap.
using Finder = std::function<Result<>(std::string_view piece, std::vector<Range>& matches)>;

// Cuts every piece at what `find` matches; `invert`: what lies between is what matches.
Result<> split_pieces(Pieces& pieces, const Finder& find, SplitBehavior behavior, bool invert);
Result<> split_pieces(Pieces& pieces, const Regex& regex, SplitBehavior behavior, bool invert);

// Finders: the places of a string, and every single character of a kind.
Finder find_string(std::string needle);
Finder find_characters(bool (*wanted)(char32_t));

}  // namespace ptetool::llm
