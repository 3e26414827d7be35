// The rule catalogue: what must hold in a file and in a set of files, each rule with a stable id.
//
// A rule is a row and a function: the row says what it is about, the function reports findings. `verify` runs all of
// them; the loader runs those that guard execution (Row::guards_execution) and refuses on the first error-severity
// finding. So a program that loads has passed the same checks that verify reports.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/link/artifact.h"
#include "ptetool/link/model.h"

namespace ptetool::verify {

enum class Severity : std::uint8_t { Error, Warning, Note };
std::string_view severity_name(Severity severity);  // "error", "warning", "note"

struct Row {
  std::string_view id;  // family of three letters and a number, "SEG004"; never reused
  Severity severity = Severity::Error;
  bool guards_execution = false;
  std::string_view title;   // what must hold, one line
  std::string_view cause;   // how files come to break it
  std::string_view effect;  // what a runtime does with such a file
  std::string_view cure;    // what to do
};

struct Finding {
  const Row* rule = nullptr;
  Severity severity = Severity::Error;
  std::string file;
  std::string path;                     // "execution_plan[0].values[17].sizes"
  std::optional<std::uint64_t> offset;  // absolute in the file
  std::string message;                  // lower case, no trailing period, names escaped
  std::uint64_t count = 1;              // the same problem at this many places; path and offset are the first
};

enum class Checksums { Auto, On, Off };

// What SHA-256 hashes in about a second with one core.
inline constexpr std::uint64_t kAutoChecksumBytes = std::uint64_t{1} << 30;

// Told from time to time how many of how many bytes are done.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct Options {
  Checksums checksums = Checksums::Auto;  // Auto: where the content-keyed bytes are at most auto_checksum_bytes
  std::uint64_t auto_checksum_bytes = kAutoChecksumBytes;
  bool strict = false;      // warnings become errors
  bool look_nearby = true;  // search the program's folder for missing data
  Progress progress = {};   // of checksums; may be empty
};

struct FileSummary {
  std::string file;
  std::string kind;  // kind_id() or "unreadable"
  std::uint64_t checksums_verified = 0;
  std::uint64_t checksums_skipped = 0;  // keys that promise a digest, not recomputed
};

struct Outcome {
  std::vector<FileSummary> files;
  std::vector<Finding> findings;  // sorted by severity, then file, then offset
  std::uint64_t rules_run = 0;

  std::uint64_t count(Severity severity) const;
  bool sound() const { return count(Severity::Error) == 0; }
};

// Every row of the catalogue, by id.
std::vector<const Row*> catalogue();
const Row* find_rule(std::string_view id);

// Verifies every file by itself, and every program (also inside bundles) together with all data files of the call, be
// they among `paths` or in `data`. Files that cannot be read are findings of the HDR and FBS families; a path that
// cannot be opened is an error of the whole call.
Result<Outcome> verify_files(std::span<const std::string> paths, std::span<const std::string> data,
                             const Options& options);

// The same for files that are open, under the names that their messages shall carry.
Outcome verify_open_files(std::span<const std::shared_ptr<const File>> files,
                          std::span<const std::shared_ptr<const File>> data, const Options& options);

// Which rules apply to a model: all, those that guard execution, or of these the ones about the content of weights (its
// checksums), which take as long as reading them, or the others.
enum class Scope { All, Guards, GuardsOfStructure, GuardsOfContent };

// One model that is already linked: the rules of the scope. Those about content need what those about structure prove.
std::vector<Finding> verify_model(const Model& model, const Options& options, Scope scope);

}  // namespace ptetool::verify
