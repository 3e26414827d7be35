// Reports for people: headings, aligned facts, tables that fit the terminal.
//
// A section's facts are set as "label  value"; a fact without a label is for JSON alone. A table whose columns have no
// labels is set beside its title like a fact with many lines; other tables get a heading and a line of column labels.
// A section with nothing but a title is a line. Columns without any content and tables without rows are left out. All
// text is made safe for a terminal.
#pragma once

#include <string>

#include "ptetool/base/report.h"

namespace ptetool::cli {

struct TextStyle {
  bool colour = false;
  bool details = false;  // show the columns marked as detail, where columns have labels
  unsigned width = 0;    // columns of the terminal; 0: unlimited
};

std::string render_text(const report::Report& report, const TextStyle& style);
// One cell as it would be shown; real numbers with as many digits.
std::string cell_text(const report::Cell& cell, int digits = 6);

}  // namespace ptetool::cli
