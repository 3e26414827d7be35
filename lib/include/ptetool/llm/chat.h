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
  // The name of the family, or "tokenizer_config.json" where the file's own template is followed.
  virtual std::string name() const = 0;
  // The conversation as text to be encoded with special tokens parsed; with `open`, ended by the words after which the
  // assistant answers. Errors: Usage (a role or order that the template refuses).
  virtual Result<std::string> render(std::span<const ChatMessage> messages, bool open) const = 0;
};

// A family by name: chatml, llama2, llama3, gemma, mistral, phi3 … Errors: Usage (lists the names).
Result<std::shared_ptr<const ChatTemplate>> chat_template_named(std::string_view family);

// The template that belongs to a tokenizer file or directory: tokenizer_config.json or chat_template.jinja beside it.
// Errors: Io, Malformed, Unsupported, Missing (there is none).
Result<std::shared_ptr<const ChatTemplate>> find_chat_template(const std::string& tokenizer_path);

}  // namespace ptetool::llm
