// Chat templates: how a model wants a conversation written down.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ptetool/base/result.h"

namespace ptetool::llm {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

class ChatTemplate {
 public:
  virtual ~ChatTemplate() = default;
  // The name of the family, or that of the file whose own template is followed.
  virtual std::string name() const = 0;
  // The conversation as text to be encoded with special tokens parsed; with `open`, ended by the words after which the
  // assistant answers. Errors: Usage (a role or order that the template refuses), and where a file's own template does
  // what its language does not allow Malformed, Unsupported or Limit, with the line as path.
  virtual Result<std::string> render(std::span<const ChatMessage> messages, bool open) const = 0;
};

// A family by name: chatml, llama2, llama3, gemma, mistral, phi3 … Errors: Usage (lists the names).
Result<std::shared_ptr<const ChatTemplate>> chat_template_named(std::string_view family);

// The template that belongs to a tokenizer file or directory: chat_template.jinja or tokenizer_config.json beside it.
struct FoundChatTemplate {
  std::shared_ptr<const ChatTemplate> chat;
  std::string note;  // why a family stands in for it; empty where it does not
};
// Errors: Io, Malformed, Unsupported, Limit (it can neither be read nor recognised as of a family), Missing (there is
// none).
Result<FoundChatTemplate> find_chat_template(const std::string& tokenizer_path);

}  // namespace ptetool::llm
