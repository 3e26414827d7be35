// How every fallible function of the library answers: a value, or an Error written for the person with the file in
// hand.
//
// An Error is data, not text: file, path inside the file, byte offset and message travel apart, so that a renderer can
// show them as a line, a table row or JSON. Exceptions do not cross public functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace ptetool {

enum class ErrorCode {
  Io,           // the operating system refused: open, read, map, write, rename
  Usage,        // the request itself makes no sense (bad literal, unknown method, contradictory options)
  WrongKind,    // the file is sound, perhaps, but not what was asked for (a safetensors file, an HTML page)
  Malformed,    // the bytes contradict their format
  Missing,      // something referred to is in none of the files given (a named tensor, a method)
  Mismatch,     // two things that must agree do not (shape, dtype, bytes of one key)
  Unsupported,  // understood, but this build cannot do it (an operator without kernel, an unknown backend)
  Limit,        // a named limit would be exceeded (memory, rank, instruction budget)
  Internal,     // a promise of this library is broken: always a bug of ours
};

// Stable lower-case name of a code, as JSON output prints it ("malformed").
const char* to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message = {};                  // lower case, no trailing period; names from files are already escaped
  std::string file = {};                     // as the user named it; empty if no file is concerned
  std::string path = {};                     // inside the file, e.g. "execution_plan[0].values[17].sizes"; may be empty
  std::optional<std::uint64_t> offset = {};  // absolute byte offset in the file
  std::vector<Error> others = {};            // further problems found on the way, each complete in itself

  // One line: "file: path (at offset 0x1c): message"; `others` are not included.
  std::string line() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

// Makes the failure half of a Result: return fail(ErrorCode::Malformed, "header is cut off").
Failure fail(ErrorCode code, std::string message);
Failure fail(ErrorCode code, std::string file, std::string path, std::string message,
             std::optional<std::uint64_t> offset = std::nullopt);

// The failure of `result`, for returning it from a function with another value type.
template <class T>
Failure forward_error(Result<T>&& result) {
  return Failure(std::move(result).error());
}

}  // namespace ptetool

// Returns from the calling function with the error of `expression` if it failed.
#define PTETOOL_CHECK(expression)                                   \
  do {                                                              \
    if (auto ptetool_result = (expression); !ptetool_result)        \
      return ::ptetool::Failure(std::move(ptetool_result).error()); \
  } while (false)

#define PTETOOL_JOIN2(a, b) a##b
#define PTETOOL_JOIN(a, b) PTETOOL_JOIN2(a, b)
#define PTETOOL_ASSIGN_IMPL(temporary, declaration, expression)            \
  auto temporary = (expression);                                           \
  if (!temporary) return ::ptetool::Failure(std::move(temporary).error()); \
  declaration = std::move(*temporary)

// PTETOOL_ASSIGN(auto file, File::open(path)): declares and assigns the value, or returns the error.
#define PTETOOL_ASSIGN(declaration, expression) \
  PTETOOL_ASSIGN_IMPL(PTETOOL_JOIN(ptetool_result_, __LINE__), declaration, expression)
