// Language models as a command line names them: loaded with what they share, given prompts, reported on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "engine.h"
#include "models.h"
#include "options.h"
#include "ptetool/base/memory_usage.h"
#include "ptetool/llm/generate.h"
#include "ptetool/llm/tokenizer.h"
#include "ptetool/runtime/session.h"

namespace ptetool::cli {

struct Speaker {
  std::string name;
  OpenModel opened;
  std::unique_ptr<llm::LanguageModel> model;
  MemoryUsage before, loaded;
  double load_ms = 0;

  std::vector<PackedPart> packed() const;
};

class Speakers {
 public:
  // Opens --tokenizer and reads the options of sampling. Errors: Usage, those of the tokenizer and of the backend.
  static Result<Speakers> make(const Options& options, Console& console, const Engine& engine);

  const Options& options() const { return *options_; }
  Console& console() const { return *console_; }
  const Engine& engine() const { return *engine_; }
  DelegateBackend& backend() const { return *backend_; }
  const llm::Tokenizer* tokenizer() const { return tokenizer_.get(); }
  bool profiled() const;

  // Loads on `backend`, which has to outlive the speaker. Errors: those of opening and loading; Usage where the
  // tokenizer has more tokens than the model.
  Result<Speaker> load(const ModelArgument& argument, DelegateBackend& backend) const;

  // How this model is to answer; without functions.
  llm::GenerationRequest request_for(const Speaker& speaker) const;

  // --prompt, --prompt-ids or --prompt-tokens as this model's ids. Errors: Usage, Io, those of the tokenizer.
  Result<std::vector<llm::TokenId>> prompt_for(const Speaker& speaker) const;

  // A text's ids; without a tokenizer it is a list of ids.
  Result<std::vector<llm::TokenId>> encode(std::string_view text) const;

  // A run of any kind as far as reports of all programs go. An iteration is a token.
  RunResult run_result(const Speaker& speaker, const RunTiming& timing) const;
  report::Section section_of(const Speaker& speaker, const RunResult& result) const;

 private:
  const Options* options_ = nullptr;
  Console* console_ = nullptr;
  const Engine* engine_ = nullptr;
  std::unique_ptr<DelegateBackend> backend_;
  std::shared_ptr<const llm::Tokenizer> tokenizer_;
  llm::GenerationRequest request_;
};

// "1,2,3" (commas or white space). Errors: Usage.
Result<std::vector<llm::TokenId>> parse_ids(std::string_view text);

// The value of an option that is a text, "@FILE", or "-" for standard input. Errors: Io.
Result<std::string> text_or_file(std::string_view value);

}  // namespace ptetool::cli
