// Tables as lines of text: which columns are shown, how wide they are, and what is cut where there is not enough room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/report.h"

namespace ptetool::cli {

inline constexpr std::size_t kColumnGap = 2;
inline constexpr std::size_t kNarrowestCell = 8;  // a text column is not cut below this
inline constexpr std::size_t kReadableCell = 16;  // below this, numbers rather lose digits
inline constexpr int kFewDigits = 3;

// Control characters and invalid UTF-8 become visible; backslashes stay as they are, so that text which the library has
// escaped already is not escaped twice.
std::string safe_text(std::string_view text);
// Characters of UTF-8 text, each taken as one column wide.
std::size_t width_of(std::string_view text);

// A table made ready: the columns that are shown, all cells as text.
struct Grid {
  std::vector<std::string> labels;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> rows;
};

// `details`: with the columns that are left out for brevity. `digits`: of real numbers.
Grid grid_of(const report::Table& table, bool details, bool with_labels, int digits = 6);
// Does the table fit where its text columns are cut, but can still be read?
bool readable(const Grid& grid, std::size_t room);
// Narrows the widest text columns until the table fits.
void fit(Grid& grid, std::size_t room);
// One row, or the labels.
std::string line_of(const Grid& grid, const std::vector<std::string>& cells);

}  // namespace ptetool::cli
