// What a run leaves behind: a file per output, or one archive.
#include <filesystem>

#include "ptetool/base/text.h"
#include "ptetool/runtime/session.h"
#include "ptetool/tensor/npy.h"
#include "ptetool/tensor/npz.h"

namespace ptetool {

namespace {

// A number or bool as an array of rank 0; nullopt for what numpy has no number for.
Result<std::optional<OwnedTensor>> as_array(const HostValue& value) {
  return std::visit(
      [](const auto& content) -> Result<std::optional<OwnedTensor>> {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, OwnedTensor>) {
          return std::optional(content);
        } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) {
          const ScalarType dtype = std::is_same_v<T, bool>     ? ScalarType::Bool
                                   : std::is_same_v<T, double> ? ScalarType::Double
                                                               : ScalarType::Long;
          PTETOOL_ASSIGN(OwnedTensor array, allocate_tensor(dtype, {}));
          std::memcpy(array.tensor.data, &content, sizeof content);
          return std::optional(std::move(array));
        } else {
          return std::nullopt;
        }
      },
      value);
}

}  // namespace

Result<> write_outputs(const RunResult& result, const std::string& directory) {
  for (std::size_t c = 0; c < result.calls.size(); ++c) {
    std::filesystem::path folder(directory);
    if (result.calls.size() > 1) folder /= std::to_string(c);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorCode::Io, folder.string(), "", "cannot make the folder: " + error.message());
    const auto& outputs = result.calls[c].outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string base = (folder / std::to_string(i)).string();
      if (const auto* tensor = std::get_if<OwnedTensor>(&outputs[i])) {
        PTETOOL_ASSIGN(const auto bytes, write_npy(tensor->tensor));
        PTETOOL_CHECK(write_file(base + ".npy", bytes));
      } else {
        PTETOOL_CHECK(write_file(base + ".txt", bytes_of(literal_text(outputs[i]) + "\n")));
      }
    }
  }
  return {};
}

Result<> write_output_archive(const RunResult& result, const std::string& path) {
  std::vector<NamedArray> arrays;
  for (std::size_t c = 0; c < result.calls.size(); ++c) {
    const auto& outputs = result.calls[c].outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      PTETOOL_ASSIGN(auto array, as_array(outputs[i]));
      if (!array) continue;
      const std::string name = std::to_string(i);
      arrays.push_back({result.calls.size() > 1 ? std::to_string(c) + "/" + name : name, std::move(*array)});
    }
  }
  return write_npz(path, arrays);
}

}  // namespace ptetool
