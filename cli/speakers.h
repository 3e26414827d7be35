// Language models as a command line names them: loaded with what they share, given prompts, reported on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "console.h"
#include "engine.h"
#include "models.h"
#include "options.h"
#include "ptetool/base/memory_usage.h"
#include "ptetool/llm/chat.h"
#include "ptetool/llm/generate.h"
#include "ptetool/llm/tokenizer.h"
#include "ptetool/runtime/session.h"

namespace ptetool::cli {

struct Speaker {
  std::string name;
  ModelArgument argument;
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
  // How conversations are written down; null without --chat.
  const llm::ChatTemplate* chat() const { return chat_.get(); }
  bool profiled() const;

  // Loads on `backend`, which has to outlive the speaker. Errors: those of opening and loading; Usage where the
  // tokenizer has more tokens than the model.
  Result<Speaker> load(const ModelArgument& argument, DelegateBackend& backend) const;

  // How this model is to answer; without functions.
  llm::GenerationRequest request_for(const Speaker& speaker) const;

  // --prompt, --prompt-ids or --prompt-tokens as this model's ids. Errors: those of the tokenizer and of the template.
  Result<std::vector<llm::TokenId>> prompt_for(const Speaker& speaker) const;

  // A text's ids; without a tokenizer it is a list of ids.
  Result<std::vector<llm::TokenId>> encode(std::string_view text) const;
  // The ids of a conversation that the assistant is to go on with. Needs chat().
  Result<std::vector<llm::TokenId>> encode(std::span<const llm::ChatMessage> messages) const;
  // The beginning of every conversation: --system, where it is given.
  std::vector<llm::ChatMessage> opening() const;

  // What of a piece is shown: its text, or its id.
  std::string shown(const llm::GeneratedPiece& piece, bool first) const;

  // A run of any kind as far as reports of all programs go. An iteration is a token.
  RunResult run_result(const Speaker& speaker, const RunTiming& timing) const;
  report::Section section_of(const Speaker& speaker, const RunResult& result) const;

 private:
  const Options* options_ = nullptr;
  Console* console_ = nullptr;
  const Engine* engine_ = nullptr;
  std::shared_ptr<ScratchArenas> scratch_ = make_scratch_arenas();  // they speak in turn
  std::unique_ptr<DelegateBackend> backend_;
  std::shared_ptr<const llm::Tokenizer> tokenizer_;
  std::shared_ptr<const llm::ChatTemplate> chat_;
  std::string prompt_;  // the text of --prompt or --prompt-ids, read once for all models
  llm::GenerationRequest request_;
};

// The ways to give a language model tokens: names of options, of which one is given. Without one the line asks for no
// language model.
std::span<const char* const> prompt_options();

// The whole of a file, "-" for standard input. Errors: Io.
Result<std::string> read_text(const std::string& path);

}  // namespace ptetool::cli
