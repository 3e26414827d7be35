// Gives a template what transformers' apply_chat_template() gives it: messages, add_generation_prompt, the special
// tokens, and neither tools nor documents. What callers may choose, as enable_thinking, stays undefined.
#include "llm/jinja_chat.h"

#include <ctime>

#include "llm/jinja/template.h"

namespace ptetool::llm {

namespace {

using jinja::Value;

class JinjaChat final : public ChatTemplate {
 public:
  JinjaChat(jinja::Template source, std::string file, std::vector<std::pair<std::string, std::string>> special)
      : template_(std::move(source)), file_(std::move(file)), special_(std::move(special)) {}

  std::string name() const override { return file_; }

  Result<std::string> render(std::span<const ChatMessage> messages, bool open) const override {
    std::vector<Value> list;
    for (const ChatMessage& message : messages) {
      list.push_back(jinja::dict_value(
          {{"role", jinja::text_value(message.role)}, {"content", jinja::text_value(message.content)}}));
    }
    const Value nothing{Value::Storage(jinja::None{})};
    jinja::Template::Variables variables{{"messages", jinja::list_value(std::move(list))},
                                         {"add_generation_prompt", Value(Value::Storage(open))},
                                         {"tools", nothing},
                                         {"documents", nothing}};
    for (const auto& [name, text] : special_) variables.emplace_back(name, jinja::text_value(text));
    const std::time_t seconds = std::time(nullptr);
    std::tm now{};
    localtime_r(&seconds, &now);
    auto text = template_.render(std::move(variables), now);
    if (!text) text.error().file = file_;
    return text;
  }

 private:
  jinja::Template template_;
  std::string file_;
  std::vector<std::pair<std::string, std::string>> special_;
};

}  // namespace

Result<std::shared_ptr<const ChatTemplate>> read_jinja_chat(std::string_view source, std::string file,
                                                            std::vector<std::pair<std::string, std::string>> special) {
  auto parsed = jinja::Template::parse(source);
  if (!parsed) {
    parsed.error().file = std::move(file);
    return forward_error(std::move(parsed));
  }
  return std::make_shared<JinjaChat>(std::move(*parsed), std::move(file), std::move(special));
}

}  // namespace ptetool::llm
