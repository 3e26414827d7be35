// The values of options as text, and what they mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ptetool::cli {

// What flags are kept as.
inline constexpr std::string_view kYes = "yes";
inline constexpr std::string_view kNo = "no";

// Parts that are not empty.
std::vector<std::string> split(std::string_view text, char separator);
std::optional<std::uint64_t> parse_number(std::string_view text);
// A finite number of 0 or more.
std::optional<double> parse_real(std::string_view text);
// The word that `wrong` probably meant, as " (did you mean …?)"; empty if nothing is near.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& words, std::string_view prefix);

}  // namespace ptetool::cli
