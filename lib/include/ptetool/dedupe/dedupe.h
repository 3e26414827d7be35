// Stores every weight of a set of programs and data files once.
//
// Weights are compared by content, wherever they are kept: constants of programs, named data of programs, entries of
// data files, payloads of delegates. What two or more programs use goes to one shared data file (or, with `group`, one
// per set of users); what only one uses stays in its program, or in a data file of the old name; what is stored twice
// in one file is stored once. Names of delegate constants become the digest of the content, as exporters write it since
// v1.3 and up to v1.0 (format-facts 3.3), so that equal weights have equal names.
//
// The tests of a bundled program stay around it. Nothing is changed that is not understood: payloads of backends other
// than XNNPACK stay as they are, and the names in sets that such a program belongs to; programs that cannot be written
// back (from before the first release, or with values that nobody here knows) are copied. Weights inside the payload of
// an XNNPACK delegate (before v0.6) that are stored elsewhere as well leave it; the rest stays there.
//
// A plan is made from the tables and one pass over the weights; it holds views, so memory is bounded by the tables.
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
#include "ptetool/base/threads.h"
#include "ptetool/format/image.h"
#include "ptetool/link/artifact.h"
#include "ptetool/link/model.h"

namespace ptetool::dedupe {

struct ModelFiles {
  std::string program;  // path
  std::vector<std::string> data;
};

// Files that are open, linked and sound.
struct Set {
  struct Member {
    std::string path;
    std::shared_ptr<const File> file;      // at this path
    std::shared_ptr<const Bundle> bundle;  // what the program is inside of, with its tests; null: nothing
    std::shared_ptr<const Model> model;
    std::vector<std::size_t> data;  // indices into Set::data
    std::optional<Error> fixed;     // why it can only be copied, if so
  };
  std::vector<Member> programs;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;  // each file once
};

// Opens programs with their data files, and data files that belong to none of them. Errors: those of opening; the first
// error that verify finds, and Missing for names that are in no data file.
Result<Set> open_set(std::span<const ModelFiles> models, std::span<const std::string> data);

// The same of files that are open: each program with the positions of its data in `data`. Their names are their paths.
struct OpenModel {
  std::shared_ptr<const File> program;
  std::vector<std::size_t> data;
};
Result<Set> make_set(std::span<const OpenModel> models, std::vector<std::shared_ptr<const ptd::DataFile>> data);

enum class Keys : std::uint8_t {
  Content,  // names of delegate constants become the digest of what they name
  Keep,     // names stay as they are, unless two contents would meet under one
};

// Told from time to time how many of how many bytes are done.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Smaller weights are not worth an entry of a data file, which takes about as much.
inline constexpr std::uint64_t kMinSize = 1024;

// What write_plan() calls the list of which program needs which data.
inline constexpr std::string_view kManifest = "manifest.json";

struct Options {
  std::string data_name = "shared.ptd";
  std::uint64_t min_size = kMinSize;
  Keys keys = Keys::Content;
  bool group = false;        // one data file per set of programs that use the same weights
  bool inline_data = false;  // the way back: every program with all that it needs, and no data file
  const ThreadPool* threads = nullptr;
  Progress progress = {};
};

// A content that is stored more than once, or moves.
struct Weight {
  std::string name;  // the first name or place that it has
  std::uint64_t bytes = 0;
  std::uint64_t copies = 0;        // stored now
  std::uint64_t copies_after = 0;  // stored afterwards
  std::vector<std::string> users;  // paths of programs
  std::string goes_to;             // a data file; empty: it stays in the files that it is in
};

struct Output {
  std::string name;               // below the folder that is written to; with folders where two inputs have one name
  std::vector<std::string> from;  // the input of this name; empty for a new file
  bool unchanged = false;         // a copy of its input, byte for byte
  std::uint64_t bytes = 0;
};

struct ProgramOutput {
  std::string name;
  std::string from;
  std::vector<std::string> data;  // names of the data files that it needs
};

struct Draft;  // what is to be written

struct Plan {
  std::vector<Weight> weights;  // the largest gain first
  std::vector<Output> outputs;  // data files, then programs
  std::vector<ProgramOutput> programs;
  std::vector<Error> notes;        // programs that can only be copied, and what needs a later runtime than before
  std::uint64_t bytes_before = 0;  // all input files
  std::uint64_t bytes_after = 0;
  std::uint64_t names_changed = 0;  // of delegate constants
  std::uint64_t names_merged = 0;   // contents that delegates know under fewer names than before
  std::shared_ptr<const Draft> draft;

  // Would a file be written that is not a copy?
  bool changes() const;
  // Is there something to win: fewer bytes, or a weight that had several names? Other names alone win nothing.
  bool wins() const;
};

// Errors: Usage (an input that is given twice, a data name that is a path), Unsupported and Limit of the writers, Io.
Result<Plan> make_plan(const Set& set, const Options& options);

// Writes the files of the plan and kManifest into `directory` (made if needed). Every file is written under a
// temporary name, read again, linked and compared byte for byte with the sources, and proved sound, before the first
// one gets its name; data files get theirs before the programs that need them. Errors: Usage (a file of the plan would
// take the place of an input, or an input is standard input, which has no name), Io, Internal (what was written is not
// what was read: nothing remains).
Result<> write_plan(const Set& set, const Plan& plan, const std::string& directory, const Options& options);

// The files of a plan, one for each of Plan::outputs, proved like those that write_plan() writes, in memory: for small
// sets, and for callers that store them elsewhere.
Result<std::vector<std::shared_ptr<const File>>> files_of(const Set& set, const Plan& plan);

// Which program needs which data, as the JSON that write_plan() stores.
std::string manifest_json(const Plan& plan);

}  // namespace ptetool::dedupe
