// Remembers the names that were asked for, and the first problem; finish() tells it, or names a member that nobody
// wanted.
#include "llm/json_fields.h"

#include "ptetool/base/text.h"

namespace ptetool::llm {

Fields::Fields(const nlohmann::json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) problem(ErrorCode::Malformed, path_, "is no JSON object");
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Fields::problem(ErrorCode code, std::string path, std::string message) {
  if (!problem_) problem_ = Error{code, std::move(message), "", std::move(path)};
}

const nlohmann::json* Fields::member(const char* name, bool required, const char* wanted) {
  asked_.insert(name);
  if (object_.is_object()) {
    const auto found = object_.find(name);
    if (found != object_.end() && !found->is_null()) return &*found;
  }
  if (required) problem(ErrorCode::Malformed, path_of(name), std::string("is missing; it should be ") + wanted);
  return nullptr;
}

std::string Fields::text(const char* name, std::optional<std::string> absent) {
  const auto* value = member(name, !absent, "a string");
  if (value == nullptr) return absent.value_or("");
  if (value->is_string()) return value->get<std::string>();
  problem(ErrorCode::Malformed, path_of(name), "is no string");
  return {};
}

bool Fields::flag(const char* name, std::optional<bool> absent) {
  const auto* value = member(name, !absent, "true or false");
  if (value == nullptr) return absent.value_or(false);
  if (value->is_boolean()) return value->get<bool>();
  problem(ErrorCode::Malformed, path_of(name), "is neither true nor false");
  return false;
}

std::uint64_t Fields::number(const char* name, std::optional<std::uint64_t> absent) {
  const auto* value = member(name, !absent, "a number");
  if (value == nullptr) return absent.value_or(0);
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  problem(ErrorCode::Malformed, path_of(name), "is no whole number");
  return 0;
}

const nlohmann::json* Fields::part(const char* name) { return member(name, false, ""); }

void Fields::ignore(std::initializer_list<const char*> names) { asked_.insert(names.begin(), names.end()); }

Failure Fields::malformed(std::string message) const {
  return fail(ErrorCode::Malformed, "", path_, std::move(message));
}

Failure Fields::unsupported(std::string message) const {
  return fail(ErrorCode::Unsupported, "", path_, std::move(message));
}

Result<> Fields::finish() {
  if (!problem_) {
    for (const auto& [name, value] : object_.items()) {
      if (!asked_.contains(name)) {
        problem(ErrorCode::Unsupported, path_, "has the setting " + quoted(name) + ", which is not supported");
      }
    }
  }
  if (problem_) return Failure(*problem_);
  return {};
}

}  // namespace ptetool::llm
