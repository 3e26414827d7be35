// Running a model as a user asks for it: inputs from texts, one or several calls, repetitions with times, outputs that
// outlive the method.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/memory_usage.h"
#include "ptetool/base/report.h"
#include "ptetool/base/result.h"
#include "ptetool/format/bundled.h"
#include "ptetool/runtime/method.h"
#include "ptetool/runtime/profile.h"

namespace ptetool {

// A value as the caller holds it: for inputs and outputs alike.
using HostValue = InputValue;

// A value that is no tensor as the literal that --input takes: 3, 0.5, true, null, text as it is.
std::string literal_text(const HostValue& value);

// Random inputs beyond this, plus the size of the model's files, are not made up unless the limit is raised: a damaged
// shape must not cost gigabytes.
inline constexpr std::uint64_t kMaxGeneratedBytes = std::uint64_t{64} << 20;

// "a; b; c" as the inputs of one call.
std::vector<std::string> split_call(std::string_view text);

// A test input or expected output of a bundled program, copied. Errors: Malformed (sizes and bytes that do not agree).
Result<HostValue> host_value(const bundled::Value& value);

struct RunCall;

struct RunRequest {
  LoadOptions load;
  // Inputs given as values, in order, instead of texts: one call is made with them.
  std::optional<std::vector<HostValue>> values;
  // The calls of another run, to be made again with the very same inputs; must outlive this run.
  const std::vector<RunCall>* repeat = nullptr;
  // One list of input texts per call (parse_input's forms, "NAME=text" or "INDEX=text" out of order); inputs that no
  // text names are generated. At least one call is made.
  std::vector<std::vector<std::string>> calls = {{}};
  // Sizes of dynamic inputs: "NAME=1,3,64,64", "INDEX=1,3,64,64"; within the program's bounds.
  std::vector<std::string> shapes;
  std::uint64_t seed = 0;
  std::uint64_t max_generated_bytes = kMaxGeneratedBytes;
  unsigned warmup = 0;  // executions of the last call that are not counted
  // Counted executions of the last call: as many, and more until they took so long. Mutable state goes on from one to
  // the next.
  unsigned iterations = 1;
  double duration_ms = 0;
  bool profile = false;            // record the counted executions
  bool measure_memory = false;     // ask the system before, after loading and at the end
  bool keep_loaded = false;        // the result holds the method, and so its packed weights, for others to share
  verify::Progress progress = {};  // of executions, in thousandths; may be empty
};

struct RunInput {
  ValueInfo info;
  std::string source;  // the text given, or "random, seed 0"
  HostValue value;
};

struct RunCall {
  std::vector<RunInput> inputs;
  std::vector<HostValue> outputs;
};

// The most executions that are counted, whatever the duration.
inline constexpr std::size_t kMaxIterations = 10'000'000;

struct RunTiming {
  double open_ms = 0;   // reading and parsing files, where the caller says so
  double load_ms = 0;   // proving, memory, constants, compiling delegates
  double first_ms = 0;  // the first execution
  std::vector<double> iterations_ms;
  double percentile(double share) const;  // of iterations_ms; 0 if there are none
  double mean() const;
};

struct RunResult {
  std::string method;
  std::vector<RunCall> calls;
  RunTiming timing;
  std::uint64_t planned_bytes = 0;
  MemoryUsage before, loaded, after;          // where they were asked for
  std::optional<std::uint64_t> packed_bytes;  // of all methods that are loaded on these backends, where one packs
  std::vector<Method::Fallback> fallbacks;
  std::vector<Method::Run> runs;
  std::shared_ptr<const Method> kept;
  std::optional<Profile> profile;
};

// One model of several in a process.
struct TogetherModel {
  std::string name;
  RunTiming timing;
  MemoryUsage before, after;
  std::vector<PackedPart> packed;
};
// A table "together": a row per model and one for all: times, memory that the process grew by, packed weights, how many
// bytes of them a model before it has already, and which.
report::Table together_table(std::span<const TogetherModel> models);

// "delegate 3 runs on the reference kernels: " and why.
std::string fallback_text(const Method::Fallback& fallback);

// Loads the method and makes the calls. Errors: those of Method, and of parse_input with the input's number.
Result<RunResult> run(std::shared_ptr<const Model> model, const RunRequest& request,
                      std::span<DelegateBackend* const> backends);

// Writes each output to `directory` (made if needed): <n>.npy for tensors, <n>.txt for other values; with several calls
// <call>/<n>.*. Each file appears whole or not at all.
Result<> write_outputs(const RunResult& result, const std::string& directory);

// Writes all outputs into one .npz archive, named as write_outputs() names files; numbers and bools as arrays of one
// element, other values not at all. Errors: Io, those of write_npz.
Result<> write_output_archive(const RunResult& result, const std::string& path);

struct RunReportOptions {
  std::string_view backend;
  unsigned threads = 1;
  bool memory = false;  // show all of the memory section, not only what is planned
  std::vector<std::string> labels =
      {};  // of classes: the best of each output that has as many values in its last dimension
};

// A file with one label per line. Errors: Io, Malformed (empty).
Result<std::vector<std::string>> read_labels(const std::string& path);

// The classes with the highest values of the last dimension, per output (and row of it) that has as many as there are
// labels: a table "top". No rows: no output has.
report::Table top_table(const RunCall& call, std::span<const std::string> labels);

// The part of a run report about one model.
report::Section run_section(const RunResult& result, const Model& model, const RunReportOptions& options);

}  // namespace ptetool
