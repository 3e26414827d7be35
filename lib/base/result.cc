// An error in one line, "FILE: PATH (at offset N): message", and the two ways to make one.
#include "ptetool/base/result.h"

#include "ptetool/base/text.h"

namespace ptetool {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::Io: return "io";
    case ErrorCode::Usage: return "usage";
    case ErrorCode::WrongKind: return "wrong_kind";
    case ErrorCode::Malformed: return "malformed";
    case ErrorCode::Missing: return "missing";
    case ErrorCode::Mismatch: return "mismatch";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::Limit: return "limit";
    case ErrorCode::Internal: return "internal";
  }
  return "unknown";
}

std::string Error::line() const {
  std::string text;
  if (!file.empty()) text += escaped(file) + ": ";
  if (!path.empty()) text += path;
  if (offset) text += (path.empty() ? "at offset " : " (at offset ") + hex(*offset) + (path.empty() ? "" : ")");
  if (!path.empty() || offset) text += ": ";
  return text + message;
}

Failure fail(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return Failure(std::move(error));
}

Failure fail(ErrorCode code, std::string file, std::string path, std::string message,
             std::optional<std::uint64_t> offset) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.file = std::move(file);
  error.path = std::move(path);
  error.offset = offset;
  return Failure(std::move(error));
}

}  // namespace ptetool
