// Finds the data file that a user forgot: what lies beside the program and offers the missing keys.
#include "link/nearby.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "ptetool/link/artifact.h"

namespace ptetool {

namespace {

constexpr std::size_t kMostFiles = 512;

}  // namespace

NearbySearch search_nearby(const Model& model, std::span<const std::string_view> wanted,
                           const std::string& program_path) {
  NearbySearch found{{}, wanted.size()};
  if (wanted.empty() || program_path == "-") return found;
  std::vector<bool> offered(wanted.size(), false);
  std::error_code error;
  const auto folder = std::filesystem::path(program_path).parent_path();
  std::filesystem::directory_iterator files(folder.empty() ? "." : folder, error);
  std::size_t looked_at = 0;
  for (; !error && files != std::filesystem::directory_iterator() && looked_at < kMostFiles; files.increment(error)) {
    std::error_code ignored;
    if (!files->is_regular_file(ignored)) continue;
    ++looked_at;
    const std::string path = folder.empty() ? files->path().filename().string() : files->path().string();
    const bool given = std::ranges::any_of(model.data, [&](const auto& data) {
      return std::filesystem::equivalent(data->file->name(), files->path(), ignored);
    });
    if (given) continue;
    const auto file = File::open(path);
    if (!file || !has_tag((*file)->bytes(), 4, "FT01")) continue;
    const auto data = ptd::read_ptd(*file);
    if (!data) continue;
    std::vector<std::string_view> keys;
    for (const ptd::Entry& entry : data->entries) keys.push_back(entry.key);
    std::ranges::sort(keys);
    std::size_t provides = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      if (!std::ranges::binary_search(keys, wanted[k])) continue;
      ++provides;
      if (!offered[k]) --found.nowhere;
      offered[k] = true;
    }
    if (provides > 0) found.files.push_back({path, provides});
  }
  std::ranges::sort(found.files, [](const NearbyData& a, const NearbyData& b) {
    return a.provides != b.provides ? a.provides > b.provides : a.path < b.path;
  });
  return found;
}

std::vector<NearbyData> nearby_data(const Model& model, const std::string& program_path) {
  return search_nearby(model, missing_keys(model), program_path).files;
}

}  // namespace ptetool
