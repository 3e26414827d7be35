// Manual pages and shell completions, written from the option table. The results are committed; a test compares.
#pragma once

#include <string>
#include <vector>

namespace ptetool::cli {

struct GeneratedFile {
  std::string name;
  std::string text;
};

std::vector<GeneratedFile> manual_pages();
std::vector<GeneratedFile> completions();

}  // namespace ptetool::cli
