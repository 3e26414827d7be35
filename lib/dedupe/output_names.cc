// File names alone where they differ, else paths below the deepest folder that all are in.
#include "dedupe/output_names.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "ptetool/base/text.h"

namespace ptetool::dedupe {

namespace {

namespace fs = std::filesystem;

std::string base_name(const std::string& path) { return fs::path(path).filename().string(); }

bool all_differ(const std::vector<std::string>& names) {
  return std::set(names.begin(), names.end()).size() == names.size();
}

// Below the folder that holds them all.
std::vector<std::string> relative_names(const std::vector<std::string>& paths) {
  std::vector<fs::path> whole;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    whole.push_back((error ? fs::path(path) : absolute).lexically_normal());
  }
  fs::path common = whole.front().parent_path();
  for (const fs::path& path : whole) {
    const fs::path folder = path.parent_path();
    const auto apart = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end()).first;
    fs::path shorter;
    for (auto part = common.begin(); part != apart; ++part) shorter /= *part;
    common = shorter;
  }
  std::vector<std::string> names;
  for (const fs::path& path : whole) names.push_back(path.lexically_relative(common).generic_string());
  return names;
}

Result<> check_data_name(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || base_name(name) != name) {
    return fail(ErrorCode::Usage,
                quoted(name) + " is no name for the shared data file: it goes into the folder of the others");
  }
  if (name == kManifest) return fail(ErrorCode::Usage, quoted(name) + " is what the manifest is called (--data-name)");
  return {};
}

}  // namespace

Result<OutputNames> output_names(const Set& set, const Options& options) {
  PTETOOL_CHECK(check_data_name(options.data_name));
  std::vector<std::string> paths;
  for (const Set::Member& member : set.programs) paths.push_back(member.path);
  if (!options.inline_data) {
    for (const auto& data : set.data) paths.push_back(data->file->name());
  }
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(base_name(path));
  if (!all_differ(names)) names = relative_names(paths);
  std::set<std::string_view> known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!known.insert(names[i]).second) return fail(ErrorCode::Usage, paths[i], "", "is given twice");
    if (names[i] == kManifest) return fail(ErrorCode::Usage, paths[i], "", "has the name of the manifest");
    if (i < set.programs.size() && names[i] == options.data_name)
      return fail(ErrorCode::Usage, paths[i], "", "has the name that the shared data file is to have (--data-name)");
  }
  const auto behind_programs = names.begin() + static_cast<std::ptrdiff_t>(set.programs.size());
  return OutputNames{{names.begin(), behind_programs}, {behind_programs, names.end()}};
}

}  // namespace ptetool::dedupe
