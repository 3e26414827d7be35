// The loop of a conversation: a line that begins with '/' is a command, any other one a message. Prompts and notes go
// to standard error, answers to standard output.
#include "conversation.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "interrupt.h"
#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

using llm::TokenId;

constexpr std::string_view kHelp =
    "  /help              this list\n"
    "  /reset             begin anew\n"
    "  /models            which models are loaded; the one that answers has a star\n"
    "  /load MODEL[@DATA] load another model, which answers from now on\n"
    "  /use NAME          let another loaded model answer, with all that was said\n"
    "  /drop NAME         unload a model\n"
    "  /exit              leave (also: end of input)\n"
    "  Ctrl-C ends an answer or, before a message, the conversation. Anything else is a message.\n";

// A line without its end; nullopt at the end of the input. Ctrl-C meanwhile ends the process.
std::optional<std::string> read_line() {
  std::string line;
  for (;;) {
    const int c = std::getc(stdin);
    if (c == EOF && line.empty()) return std::nullopt;
    if (c == EOF || c == '\n') return line;
    line += static_cast<char>(c);
  }
}

// More than the beginning itself.
bool begins_with(std::span<const TokenId> tokens, std::span<const TokenId> beginning) {
  return tokens.size() > beginning.size() && std::ranges::equal(tokens.first(beginning.size()), beginning);
}

class Conversation {
 public:
  explicit Conversation(const Speakers& speakers) : speakers_(speakers), console_(speakers.console()) {}

  Result<int> run() {
    const Options& options = speakers_.options();
    PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(options.arguments(), options.list("data")));
    for (const ModelArgument& argument : arguments) PTETOOL_CHECK(load(argument));
    current_ = 0;
    reset();
    for (;;) {
      ask();
      const auto line = read_line();
      if (!line) break;
      if (*line == "/exit") break;
      const auto done = line->starts_with('/') ? command(*line) : line->empty() ? Result<>() : answer(*line);
      if (!done) say("error: " + done.error().line() + "\n");
    }
    if (isatty(STDIN_FILENO) != 0) std::fputc('\n', stderr);
    return kExitFine;
  }

 private:
  // Who types is asked; a file that is read is not.
  void ask() const {
    if (isatty(STDIN_FILENO) == 0) return;
    std::fputs("> ", stderr);
    std::fflush(stderr);
  }

  void say(const std::string& text) const {
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
  }

  void reset() {
    messages_ = speakers_.opening();
    said_.clear();
  }

  Result<> load(const ModelArgument& argument) {
    PTETOOL_ASSIGN(Speaker speaker, speakers_.load(argument, speakers_.backend()));
    const auto& before = speaker.before.rss;
    const auto& after = speaker.loaded.rss;
    std::string added;
    if (before && after) added = ", added " + human_bytes(*after - std::min(*before, *after));
    console_.note(escaped(speaker.name) + " is loaded" + added);
    models_.push_back(std::move(speaker));
    current_ = models_.size() - 1;
    return {};
  }

  // The model that a name, or a part of one, means.
  Result<std::size_t> find(std::string_view name) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      if (models_[i].name == name) return i;
      if (models_[i].name.find(name) != std::string::npos) found.push_back(i);
    }
    if (!name.empty() && found.size() == 1) return found.front();
    std::vector<std::string> names;
    for (const Speaker& each : models_) names.push_back(each.name);
    return fail(ErrorCode::Usage, quoted(name) + (found.size() > 1 ? " means several" : " is none") +
                                      " of the loaded models: " + name_list(names, 12));
  }

  Result<> command(std::string_view line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = line.substr(std::min(space + 1, line.size()));
    if (word == "/help") {
      say(std::string(kHelp));
    } else if (word == "/reset") {
      reset();
    } else if (word == "/models") {
      for (std::size_t i = 0; i < models_.size(); ++i) {
        say((i == current_ ? "* " : "  ") + escaped(models_[i].name) + "\n");
      }
    } else if (word == "/load") {
      const std::string texts[] = {std::string(rest)};
      PTETOOL_ASSIGN(const auto arguments, parse_model_arguments(texts, speakers_.options().list("data")));
      return load(arguments.front());
    } else if (word == "/use") {
      PTETOOL_ASSIGN(current_, find(rest));
    } else if (word == "/drop") {
      PTETOOL_ASSIGN(const std::size_t index, find(rest));
      if (models_.size() == 1) return fail(ErrorCode::Usage, "it is the only model; /exit leaves");
      models_.erase(models_.begin() + static_cast<std::ptrdiff_t>(index));
      if (current_ > index || current_ == models_.size()) --current_;
    } else {
      return fail(ErrorCode::Usage, quoted(word) + " is no command; /help lists them");
    }
    return {};
  }

  Result<> answer(const std::string& line) {
    std::vector<TokenId> prompt;
    if (speakers_.chat()) {
      messages_.push_back({"user", line});
      auto encoded = speakers_.encode(messages_);
      if (!encoded) {
        messages_.pop_back();
        return forward_error(std::move(encoded));
      }
      prompt = std::move(*encoded);
    } else {
      PTETOOL_ASSIGN(const auto added, speakers_.encode(line));
      prompt = said_;
      prompt.insert(prompt.end(), added.begin(), added.end());
    }
    const auto generated = generate(prompt);
    if (!generated) {
      if (speakers_.chat()) messages_.pop_back();
      return Failure(generated.error());
    }
    if (speakers_.chat()) {
      messages_.push_back({"assistant", generated->text});
    } else {
      said_ = std::move(prompt);
      said_.insert(said_.end(), generated->tokens.begin(), generated->tokens.end());
    }
    return {};
  }

  Result<llm::Generation> generate(std::span<const TokenId> prompt) {
    Speaker& speaker = models_[current_];
    // A program that counts positions by itself goes back only to the beginning, by being loaded again.
    if (!speaker.model->can_rewind() && !begins_with(prompt, speaker.model->tokens())) {
      const ModelArgument again = speaker.argument;
      PTETOOL_ASSIGN(speaker, speakers_.load(again, speakers_.backend()));
    }
    llm::GenerationRequest request = speakers_.request_for(speaker);
    const Interrupt interrupt;
    bool first = true;
    request.show = [&](const llm::GeneratedPiece& piece) {
      console_.stream(speakers_.shown(piece, std::exchange(first, false)));
      return !interrupt.raised();
    };
    PTETOOL_ASSIGN(llm::Generation generated, llm::generate(*speaker.model, prompt, request));
    console_.stream("\n");
    if (console_.verbose()) {
      console_.note(counted(generated.fed_tokens, "token") + " fed, " + counted(generated.tokens.size(), "token") +
                    " made, " + std::to_string(static_cast<std::uint64_t>(generated.decode_tokens_per_s())) +
                    " tokens/s, ended by " + describe(generated.end));
    }
    return generated;
  }

  const Speakers& speakers_;
  Console& console_;
  std::vector<Speaker> models_;
  std::size_t current_ = 0;
  std::vector<llm::ChatMessage> messages_;  // with a chat template
  std::vector<TokenId> said_;               // without one: all tokens so far
};

}  // namespace

Result<int> converse(const Speakers& speakers) {
  if (speakers.console().json()) return fail(ErrorCode::Usage, "--interactive and --json exclude each other");
  return Conversation(speakers).run();
}

}  // namespace ptetool::cli
