// Reports for scripts: one JSON document with every fact, every column and every row (docs/json/).
//
// Facts are members, tables arrays of objects, sections objects, and listed sections arrays of objects. Bytes and
// offsets are numbers, numbers that are not finite the texts "nan", "inf" and "-inf"; bytes that are no UTF-8 become
// U+FFFD. A table that was shortened has a member "<table>_left_off" beside it. Lists of numbers and texts stay on one
// line.
#pragma once

#include <string>

#include "ptetool/base/report.h"

namespace ptetool::cli {

std::string render_json(const report::Report& report);

}  // namespace ptetool::cli
