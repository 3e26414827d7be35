// The members of a JSON object, asked for by name, so that what nobody asked for is noticed: a setting that this
// library does not know must not be ignored.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Remembers the first thing that is wrong; finish() tells it.
class Fields {
 public:
  // `path` is where the object is in the file ("pre_tokenizer.pretokenizers[1]"). `object` must outlive this.
  Fields(const nlohmann::json& object, std::string path);

  const std::string& path() const { return path_; }
  // The path of one of its members.
  std::string path_of(std::string_view name) const;

  // The member, or what is said for its absence; null counts as absent. Without `absent` it has to be there.
  std::string text(const char* name, std::optional<std::string> absent = std::nullopt);
  bool flag(const char* name, std::optional<bool> absent = std::nullopt);
  std::uint64_t number(const char* name, std::optional<std::uint64_t> absent = std::nullopt);
  // Null where there is none.
  const nlohmann::json* part(const char* name);
  // Members that mean nothing here.
  void ignore(std::initializer_list<const char*> names);

  Failure malformed(std::string message) const;
  Failure unsupported(std::string message) const;
  // The first problem: a member of the wrong type or missing (Malformed), or one that nobody asked for (Unsupported).
  Result<> finish();

 private:
  const nlohmann::json* member(const char* name, bool required, const char* wanted);
  void problem(ErrorCode code, std::string path, std::string message);

  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> problem_;
};

}  // namespace ptetool::llm
