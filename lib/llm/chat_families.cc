// Most families say who speaks, then what, then that it ends; a row is enough for those. Llama 2 and Mistral fold the
// system's words into the first message of the user.
#include "llm/chat_families.h"

#include <algorithm>
#include <array>
#include <string>

#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

enum class System { Message, InFirstUser };

struct Family {
  std::string_view name;
  std::string_view begin;  // of the conversation
  // Around a message: before, role's name, between, content, behind.
  std::string_view before;
  std::string_view between;
  std::string_view behind;
  std::string_view assistant;  // the assistant's name
  System system;
  bool trims;             // content without white space at its ends
  std::string_view mark;  // what a Jinja template of this family contains
};

constexpr std::array kFamilies{
    Family{"chatml", "", "<|im_start|>", "\n", "<|im_end|>\n", "assistant", System::Message, false, "<|im_start|>"},
    Family{"qwen", "", "<|im_start|>", "\n", "<|im_end|>\n", "assistant", System::Message, false, ""},
    Family{"llama3", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", "assistant",
           System::Message, true, "<|start_header_id|>"},
    Family{"gemma", "<bos>", "<start_of_turn>", "\n", "<end_of_turn>\n", "model", System::InFirstUser, true,
           "<start_of_turn>"},
    Family{"phi3", "", "<|", "|>\n", "<|end|>\n", "assistant", System::Message, false, "<|end|>"},
    Family{"zephyr", "", "<|", "|>\n", "</s>\n", "assistant", System::Message, false, "<|user|>"},
};

std::string_view trimmed(std::string_view text, bool trims) {
  if (!trims) return text;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// The system's words first, then user and assistant in turn, which several templates insist on.
Result<> check_order(std::span<const ChatMessage> messages) {
  std::size_t turn = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string& role = messages[i].role;
    if (role == "system" && i == 0) continue;
    if (role != (turn % 2 == 0 ? "user" : "assistant")) {
      return fail(ErrorCode::Usage,
                  "message " + std::to_string(i + 1) + " is of the role " + quoted(role) +
                      "; the chat template wants user and assistant in turn, after at most one system message");
    }
    ++turn;
  }
  return {};
}

Result<> check_roles(std::span<const ChatMessage> messages) {
  for (const ChatMessage& message : messages) {
    if (message.role != "system" && message.role != "user" && message.role != "assistant") {
      return fail(ErrorCode::Usage, "the role " + quoted(message.role) + " is unknown to the chat template");
    }
  }
  return {};
}

class RowTemplate final : public ChatTemplate {
 public:
  explicit RowTemplate(const Family& family) : family_(family) {}
  std::string name() const override { return std::string(family_.name); }

  Result<std::string> render(std::span<const ChatMessage> messages, bool open) const override {
    PTETOOL_CHECK(check_roles(messages));
    const bool folds = family_.system == System::InFirstUser;
    if (folds) PTETOOL_CHECK(check_order(messages));
    std::string text(family_.begin);
    std::string pending;
    for (const ChatMessage& message : messages) {
      const std::string_view content = trimmed(message.content, family_.trims);
      if (folds && message.role == "system") {
        pending = std::string(content) + "\n\n";
        continue;
      }
      start(message.role == "assistant" ? family_.assistant : std::string_view(message.role), text);
      text += pending;
      text += content;
      text += family_.behind;
      pending.clear();
    }
    if (open) start(family_.assistant, text);
    return text;
  }

 private:
  void start(std::string_view role, std::string& text) const {
    text += family_.before;
    text += role;
    text += family_.between;
  }

  const Family& family_;
};

// [INST] … [/INST], with the system's words inside the first.
class InstTemplate final : public ChatTemplate {
 public:
  explicit InstTemplate(bool llama) : llama_(llama) {}
  std::string name() const override { return llama_ ? "llama2" : "mistral"; }

  Result<std::string> render(std::span<const ChatMessage> messages, bool) const override {
    PTETOOL_CHECK(check_order(messages));
    std::string text = llama_ ? "" : "<s>";
    std::string system;
    for (const ChatMessage& message : messages) {
      const std::string_view content = trimmed(message.content, llama_);
      if (message.role == "system") {
        system = llama_ ? "<<SYS>>\n" + message.content + "\n<</SYS>>\n\n" : message.content + "\n\n";
      } else if (message.role == "user") {
        std::string words = system + std::string(llama_ ? std::string_view(message.content) : content);
        text += llama_ ? "<s>[INST] " + std::string(trimmed(words, true)) + " [/INST]" : "[INST] " + words + " [/INST]";
        system.clear();
      } else {
        text += " " + std::string(content) + (llama_ ? " </s>" : "</s>");
      }
    }
    return text;
  }

 private:
  bool llama_;
};

constexpr std::array<std::string_view, 2> kInst{"llama2", "mistral"};

}  // namespace

std::vector<std::string_view> chat_family_names() {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) names.push_back(family.name);
  names.insert(names.end(), kInst.begin(), kInst.end());
  return names;
}

std::string_view recognized_chat_family(std::string_view jinja) {
  for (const Family& family : kFamilies) {
    if (!family.mark.empty() && jinja.find(family.mark) != std::string_view::npos) return family.name;
  }
  if (jinja.find("<<SYS>>") != std::string_view::npos) return "llama2";
  if (jinja.find("[INST]") != std::string_view::npos) return "mistral";
  return {};
}

Result<std::shared_ptr<const ChatTemplate>> chat_template_named(std::string_view family) {
  for (const Family& row : kFamilies) {
    if (row.name == family) return std::make_shared<RowTemplate>(row);
  }
  if (std::ranges::find(kInst, family) != kInst.end()) return std::make_shared<InstTemplate>(family == "llama2");
  std::string names;
  for (const std::string_view name : chat_family_names()) names += (names.empty() ? "" : ", ") + std::string(name);
  return fail(ErrorCode::Usage, "there is no chat template named " + quoted(family) + "; there are: " + names);
}

}  // namespace ptetool::llm
