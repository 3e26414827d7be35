// One cell as text.
#include <fmt/format.h>

#include <span>
#include <type_traits>

#include "ptetool/base/text.h"
#include "render/grid.h"
#include "render/text.h"

namespace ptetool::cli {

namespace {

using report::Cell;

// Four digits or so: small models run in less than a microsecond, large ones load in seconds.
std::string milliseconds_text(double value) {
  if (value != 0 && value < 0.1) return fmt::format("{:.2f} µs", value * 1000);
  return fmt::format("{:.{}f} ms", value, value < 10 ? 3 : value < 1000 ? 1 : 0);
}

}  // namespace

std::string cell_text(const Cell& cell, int digits) {
  return std::visit(
      [digits](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, report::Absent>) {
          return "-";
        } else if constexpr (std::is_same_v<T, bool>) {
          return value ? "yes" : "no";
        } else if constexpr (std::is_same_v<T, double>) {
          return fmt::format("{:.{}g}", value, digits);
        } else if constexpr (std::is_integral_v<T>) {
          return std::to_string(value);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return safe_text(value);
        } else if constexpr (std::is_same_v<T, report::ByteCount>) {
          return human_bytes(value.value);
        } else if constexpr (std::is_same_v<T, report::ByteChange>) {
          const auto size = static_cast<std::uint64_t>(value.value);
          return value.value < 0 ? "-" + human_bytes(0 - size) : "+" + human_bytes(size);
        } else if constexpr (std::is_same_v<T, report::Offset>) {
          return hex(value.value);
        } else if constexpr (std::is_same_v<T, report::Share>) {
          return fmt::format("{:.1f} %", value.value * 100);
        } else if constexpr (std::is_same_v<T, report::Milliseconds>) {
          return milliseconds_text(value.value);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          return shape_text(std::span<const std::int64_t>(value));
        } else {
          std::string list;
          for (const std::string& item : value) list += (list.empty() ? "" : ", ") + safe_text(item);
          return list;
        }
      },
      cell);
}

}  // namespace ptetool::cli
