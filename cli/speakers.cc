// Prompts from text, a file, ids or a seed, through tokenizer and chat template; options that exclude or need each
// other are checked before a model is loaded.
#include "speakers.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "progress.h"
#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

using llm::TokenId;

// Far more than any context holds.
constexpr std::uint64_t kMostPromptTokens = std::uint64_t{1} << 24;

std::vector<TokenId> random_ids(std::uint64_t count, std::uint64_t seed, std::size_t vocabulary) {
  SeededRandom random(seed);
  std::vector<TokenId> ids;
  for (std::uint64_t i = 0; i < std::min(count, kMostPromptTokens); ++i) {
    ids.push_back(static_cast<TokenId>(random.next() % vocabulary));
  }
  return ids;
}

// "1,2,3" (commas or white space).
Result<std::vector<TokenId>> parse_ids(std::string_view text) {
  std::vector<TokenId> ids;
  const auto separates = [](char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty()) {
    if (separates(text.front())) {
      text.remove_prefix(1);
      continue;
    }
    TokenId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || (length < text.size() && !separates(text[length])) || id < 0) {
      return fail(ErrorCode::Usage, quoted(text.substr(0, 16)) + " is no token id (numbers, separated by commas)");
    }
    ids.push_back(id);
    text.remove_prefix(length);
  }
  return ids;
}

// The value of an option that is a text, "@FILE", or "-" for standard input.
Result<std::string> text_or_file(const std::string& value) {
  if (value == "-") return read_text(value);
  return value.starts_with('@') ? read_text(value.substr(1)) : value;
}

// Options that go together, and those that do not.
Result<> check_options(const Options& options) {
  std::vector<std::string> given;
  for (const char* name : prompt_options()) {
    if (options.given(name)) given.push_back("--" + std::string(name));
  }
  if (given.size() > 1) return fail(ErrorCode::Usage, given[0] + " and " + given[1] + " exclude each other");
  const bool tokenizer = options.given("tokenizer").has_value();
  for (const char* name : {"prompt", "chat", "stop"}) {
    if (options.given(name) && !tokenizer) {
      return fail(ErrorCode::Usage, "--" + std::string(name) + " needs the model's tokenizer: --tokenizer FILE" +
                                        (options.given("prompt") ? ", or token ids with --prompt-ids" : ""));
    }
  }
  if (options.given("chat") && !options.given("prompt") && !options.given("interactive")) {
    return fail(ErrorCode::Usage, "--chat is for --prompt and --interactive");
  }
  if (options.given("system") && !options.given("chat")) {
    return fail(ErrorCode::Usage, "--system needs --chat: only a chat template has a place for it");
  }
  return {};
}

}  // namespace

std::span<const char* const> prompt_options() {
  static constexpr const char* kNames[] = {"prompt", "prompt-ids", "prompt-tokens", "perplexity", "interactive"};
  return kNames;
}

Result<std::string> read_text(const std::string& path) {
  PTETOOL_ASSIGN(const auto file, File::open(path));
  const ByteView bytes = file->bytes();
  return std::string(bytes.begin(), bytes.end());
}

std::vector<PackedPart> Speaker::packed() const {
  std::vector<PackedPart> parts;
  for (const auto& method : model->methods()) {
    for (PackedPart& part : method->packed()) parts.push_back(std::move(part));
  }
  return parts;
}

Result<Speakers> Speakers::make(const Options& options, Console& console, const Engine& engine) {
  Speakers speakers;
  speakers.options_ = &options;
  speakers.console_ = &console;
  speakers.engine_ = &engine;
  PTETOOL_CHECK(check_options(options));
  if (const auto path = options.given("tokenizer")) {
    PTETOOL_ASSIGN(speakers.tokenizer_, llm::open_tokenizer(*path));
    const std::string family = options.text("chat");
    if (family == "auto") {
      PTETOOL_ASSIGN(const llm::FoundChatTemplate found, llm::find_chat_template(*path));
      speakers.chat_ = found.chat;
      if (!found.note.empty()) console.note(found.note);
    } else if (!family.empty()) {
      PTETOOL_ASSIGN(speakers.chat_, llm::chat_template_named(family));
    }
  }
  for (const char* name : {"prompt", "prompt-ids"}) {
    if (const auto value = options.given(name)) {
      PTETOOL_ASSIGN(speakers.prompt_, text_or_file(*value));
    }
  }
  llm::GenerationRequest& request = speakers.request_;
  if (const auto most = options.number("max-new-tokens")) request.max_new_tokens = *most;
  request.sampling = {.repetition_penalty = options.real("repetition-penalty").value_or(1),
                      .temperature = options.real("temperature").value_or(0),
                      .top_k = options.number("top-k").value_or(0),
                      .top_p = options.real("top-p").value_or(1),
                      .min_p = options.real("min-p").value_or(0),
                      .seed = options.number("seed").value_or(0)};
  PTETOOL_CHECK(llm::check_sampling(request.sampling));
  request.stop = options.list("stop");
  request.tokenizer = speakers.tokenizer_.get();
  request.log_probabilities = console.json();
  PTETOOL_ASSIGN(speakers.backend_, engine.backend(options.text("backend"), speakers.profiled()));
  return speakers;
}

bool Speakers::profiled() const { return options_->on("profile") || options_->given("profile-out"); }

Result<Speaker> Speakers::load(const ModelArgument& argument, DelegateBackend& backend) const {
  Speaker speaker;
  speaker.name = argument.model;
  speaker.argument = argument;
  PTETOOL_ASSIGN(speaker.opened, open_model(argument));
  ProgressBar checksums(console_->progress(), "checksums");
  LoadOptions how = engine_->load();
  how.scratch = scratch_;
  how.progress = [&](std::uint64_t done, std::uint64_t total) { checksums.update(done, total); };
  DelegateBackend* backends[] = {&backend};
  speaker.before = memory_usage();
  const auto start = std::chrono::steady_clock::now();
  PTETOOL_ASSIGN(speaker.model, llm::LanguageModel::load(speaker.opened.model, how, backends));
  speaker.load_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  speaker.loaded = memory_usage();
  engine_->show_notes(*console_);
  for (const auto& method : speaker.model->methods()) {
    for (const Method::Fallback& each : method->fallbacks()) console_->note(fallback_text(each));
  }
  if (tokenizer_ && tokenizer_->size() > speaker.model->vocab_size()) {
    return fail(ErrorCode::Mismatch, argument.model, "",
                "the tokenizer has " + counted(tokenizer_->size(), "token") + ", the model's vocabulary " +
                    std::to_string(speaker.model->vocab_size()) + ": it belongs to another model");
  }
  return speaker;
}

llm::GenerationRequest Speakers::request_for(const Speaker& speaker) const {
  llm::GenerationRequest request = request_;
  if (options_->on("ignore-eos")) return request;
  request.eos = speaker.model->facts().eos_ids;
  if (request.eos.empty() && tokenizer_) request.eos = tokenizer_->eos();
  return request;
}

Result<std::vector<TokenId>> Speakers::encode(std::string_view text) const {
  if (!tokenizer_) return parse_ids(text);
  return tokenizer_->encode(text);
}

Result<std::vector<TokenId>> Speakers::encode(std::span<const llm::ChatMessage> messages) const {
  PTETOOL_ASSIGN(const std::string text, chat_->render(messages, true));
  // The template writes the special tokens itself.
  return tokenizer_->encode(text, {.parse_special = true, .add_special = false});
}

std::vector<llm::ChatMessage> Speakers::opening() const {
  const auto system = options_->given("system");
  return system ? std::vector<llm::ChatMessage>{{"system", *system}} : std::vector<llm::ChatMessage>();
}

std::string Speakers::shown(const llm::GeneratedPiece& piece, bool first) const {
  if (tokenizer_ || !piece.token) return std::string(piece.text);
  return (first ? "" : ",") + std::to_string(*piece.token);
}

Result<std::vector<TokenId>> Speakers::prompt_for(const Speaker& speaker) const {
  if (options_->given("prompt-ids")) return parse_ids(prompt_);
  if (const auto count = options_->number("prompt-tokens")) {
    return random_ids(*count, request_.sampling.seed, speaker.model->vocab_size());
  }
  if (!chat_) return encode(prompt_);
  std::vector<llm::ChatMessage> messages = opening();
  messages.push_back({"user", prompt_});
  return encode(messages);
}

RunResult Speakers::run_result(const Speaker& speaker, const RunTiming& timing) const {
  RunResult result;
  result.method = speaker.model->method().name();
  result.timing = timing;
  result.timing.open_ms = speaker.opened.open_ms;
  result.timing.load_ms = speaker.load_ms;
  result.before = speaker.before;
  result.loaded = speaker.loaded;
  result.after = memory_usage();
  result.packed_bytes = backend_->packed_bytes();
  for (const auto& method : speaker.model->methods()) {
    result.planned_bytes += method->planned_bytes();
    for (Method::Fallback& each : method->fallbacks()) result.fallbacks.push_back(std::move(each));
    result.runs.insert(result.runs.end(), method->runs().begin(), method->runs().end());
  }
  return result;
}

report::Section Speakers::section_of(const Speaker& speaker, const RunResult& result) const {
  return run_section(result, *speaker.opened.model,
                     {options_->text("backend"), engine_->threads(), options_->on("memory"), {}});
}

}  // namespace ptetool::cli
