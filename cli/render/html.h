// Reports as one self-contained page: no scripts, no network, the same content as the text with all its details.
//
// Facts are a list of terms, tables are tables, sections are headings that fold. All text is made safe twice: control
// characters and invalid UTF-8 become visible, and nothing from a file is markup.
#pragma once

#include <string>
#include <string_view>

#include "ptetool/base/report.h"

namespace ptetool::cli {

// `style` and `more`: rules and markup that follow those of the report.
std::string render_html(const report::Report& report, std::string_view title, std::string_view style = {},
                        std::string_view more = {});
// Text that is safe as content and in attributes.
std::string html_text(const std::string& text);

}  // namespace ptetool::cli
