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

// Which options say what is to be continued; not more than one.
Result<> check_prompts(const Options& options) {
  std::vector<std::string> given;
  for (const char* name : {"prompt-ids", "prompt-tokens"}) {
    if (options.given(name)) given.push_back("--" + std::string(name));
  }
  if (given.size() > 1) return fail(ErrorCode::Usage, given[0] + " and " + given[1] + " exclude each other");
  return {};
}

}  // namespace

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

Result<std::string> text_or_file(std::string_view value) {
  if (value != "-" && !value.starts_with('@')) return std::string(value);
  PTETOOL_ASSIGN(const auto file, File::open(std::string(value == "-" ? value : value.substr(1))));
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
  PTETOOL_CHECK(check_prompts(options));
  llm::GenerationRequest& request = speakers.request_;
  if (const auto most = options.number("max-new-tokens")) request.max_new_tokens = *most;
  request.sampling = {.repetition_penalty = options.real("repetition-penalty").value_or(1),
                      .temperature = options.real("temperature").value_or(0),
                      .top_k = options.number("top-k").value_or(0),
                      .top_p = options.real("top-p").value_or(1),
                      .min_p = options.real("min-p").value_or(0),
                      .seed = options.number("seed").value_or(0)};
  PTETOOL_CHECK(llm::check_sampling(request.sampling));
  request.log_probabilities = console.json();
  PTETOOL_ASSIGN(speakers.backend_, engine.backend(options.text("backend"), speakers.profiled()));
  return speakers;
}

bool Speakers::profiled() const { return options_->on("profile") || options_->given("profile-out"); }

Result<Speaker> Speakers::load(const ModelArgument& argument, DelegateBackend& backend) const {
  Speaker speaker;
  speaker.name = argument.model;
  PTETOOL_ASSIGN(speaker.opened, open_model(argument));
  ProgressBar checksums(console_->progress(), "checksums");
  LoadOptions how = engine_->load();
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
  request.tokenizer = tokenizer_.get();
  if (options_->on("ignore-eos")) return request;
  request.eos = speaker.model->facts().eos_ids;
  if (request.eos.empty() && tokenizer_) request.eos = tokenizer_->eos();
  return request;
}

Result<std::vector<TokenId>> Speakers::encode(std::string_view text) const {
  if (!tokenizer_) return parse_ids(text);
  return tokenizer_->encode(text);
}

Result<std::vector<TokenId>> Speakers::prompt_for(const Speaker& speaker) const {
  if (const auto ids = options_->given("prompt-ids")) {
    PTETOOL_ASSIGN(const std::string text, text_or_file(*ids));
    return parse_ids(text);
  }
  return random_ids(options_->number("prompt-tokens").value_or(1), request_.sampling.seed, speaker.model->vocab_size());
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
