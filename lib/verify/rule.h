// The mechanism of the catalogue: a rule is a row and a function, and the type of the function says what it looks at.
//
// A function reports through its Context and never stops the run: it looks at what it is about and passes over whatever
// another rule has to complain about. Readers promise structure only, so any number in a subject may be nonsense.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/link/model.h"
#include "ptetool/verify/verify.h"

namespace ptetool::verify {

// A file that no reader took, and why.
struct ReadFailure {
  const File& file;
  FileKind kind;
  const Error& error;
};

// Is it the header by hand that the reader complains about, rather than the flatbuffer?
inline bool about_header(const Error& error) {
  return error.path == "header" || error.path.ends_with("extended header");
}

// The graph of one delegate, or a blob by itself.
struct GraphSubject {
  const xnn::Graph& graph;
  std::string path;  // "execution_plan[0].delegates[1]"; empty for a blob by itself

  // "execution_plan[0].delegates[1].xvalues[3]".
  std::string at(const std::string& inner) const { return path.empty() ? inner : path + "." + inner; }
};

// Distinct messages that one rule reports of one file; what comes after them is only counted.
inline constexpr std::size_t kMostMessagesPerRule = 100;

// Findings of one call, repeats merged.
class Findings {
 public:
  void add(const Row& rule, const std::string& file, std::string path, std::optional<std::uint64_t> offset,
           std::string message);
  // Sorted by severity, file, offset and rule; `strict` turns warnings into errors.
  std::vector<Finding> take(bool strict);

 private:
  std::vector<Finding> findings_;
  std::unordered_map<std::string, std::size_t> by_message_;  // rule, file and message -> finding
  std::unordered_map<std::string, std::size_t> messages_;    // rule and file -> distinct messages
};

// What the rules of one call share.
struct RunState {
  const Options& options;
  Findings findings;
  std::uint64_t checksum_budget = 0;         // bytes that may still be hashed
  std::unordered_set<const Row*> rules_run;  // those that had something to look at
};

// What a rule sees besides its subject.
class Context {
 public:
  Context(RunState& state, const Row& rule, std::string file, std::uint64_t base, FileSummary* summary)
      : state_(state), rule_(rule), file_(std::move(file)), base_(base), summary_(summary) {}

  // A finding in the file that the rule looks at; `offset` counts from the subject's first byte.
  void report(std::string path, std::optional<std::uint64_t> offset, std::string message) {
    report_in(file_, std::move(path), offset ? std::optional(*offset + base_) : std::nullopt, std::move(message));
  }
  // The same in another file of the set.
  void report_in(const std::string& file, std::string path, std::optional<std::uint64_t> offset, std::string message) {
    state_.findings.add(rule_, file, std::move(path), offset, std::move(message));
  }

  const Options& options() const { return state_.options; }
  std::uint64_t& checksum_budget() { return state_.checksum_budget; }
  FileSummary* summary() { return summary_; }
  const std::string& file() const { return file_; }

 private:
  RunState& state_;
  const Row& rule_;
  std::string file_;
  std::uint64_t base_;
  FileSummary* summary_;
};

// Says whether this failure is the rule's; the first rule that says so reports the reader's error.
using FailureRule = bool (*)(const ReadFailure&);
using ProgramRule = void (*)(const pte::Program&, Context&);
using DataRule = void (*)(const ptd::DataFile&, Context&);
using BundleRule = void (*)(const Bundle&, Context&);
using PackedRule = void (*)(const packed::PackedFile&, Context&);
using CacheRule = void (*)(const weight_cache::WeightCache&, Context&);
using GraphRule = void (*)(const GraphSubject&, Context&);
using ModelRule = void (*)(const Model&, Context&);
// All programs of a call, each linked with the same data files.
using SetRule = void (*)(std::span<const Model>, Context&);

struct Rule {
  Row row;
  std::variant<FailureRule, ProgramRule, DataRule, BundleRule, GraphRule, ModelRule, SetRule, PackedRule, CacheRule>
      check;
};

// The families, each ordered by number.
std::span<const Rule> hdr_rules();  // headers and identifiers
std::span<const Rule> hdr_data_rules();
std::span<const Rule> fbs_rules();  // flatbuffer structure
std::span<const Rule> seg_rules();  // segments
std::span<const Rule> seg_use_rules();
std::span<const Rule> val_rules();  // values
std::span<const Rule> val_shape_rules();
std::span<const Rule> val_list_rules();
std::span<const Rule> mem_rules();          // planned memory
std::span<const Rule> mem_content_rules();  // constants, state
std::span<const Rule> ops_rules();          // operator tables
std::span<const Rule> ins_rules();          // instructions
std::span<const Rule> ins_call_rules();
std::span<const Rule> ins_flow_rules();
std::span<const Rule> dlg_rules();        // delegates
std::span<const Rule> xnn_value_rules();  // XNNPACK graphs
std::span<const Rule> xnn_quant_rules();
std::span<const Rule> xnn_constant_rules();
std::span<const Rule> xnn_node_rules();
std::span<const Rule> xnn_move_rules();
std::span<const Rule> xnn_kind_rules();
std::span<const Rule> xnn_call_rules();
std::span<const Rule> xnn_type_rules();
std::span<const Rule> ndm_rules();  // named data
std::span<const Rule> ndm_entry_rules();
std::span<const Rule> set_rules();  // a program with its data files
std::span<const Rule> set_data_rules();
std::span<const Rule> sum_rules();  // checksums
std::span<const Rule> bnd_rules();  // bundled programs
std::span<const Rule> pkw_rules();  // packed weights

// Do the lists of a program (of a graph) together take no more bytes than files of their size hold? Where one vector is
// shared by very many tables, rules that walk lists would take forever.
bool plausible_lists(const pte::Program& program);
bool plausible_lists(const xnn::Graph& graph);

}  // namespace ptetool::verify
