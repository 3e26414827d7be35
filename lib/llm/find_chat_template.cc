// The template that comes with a tokenizer, recognised by its words.
#include "llm/chat_families.h"
#include "llm/companions.h"
#include "ptetool/llm/chat.h"

namespace ptetool::llm {

Result<std::shared_ptr<const ChatTemplate>> find_chat_template(const std::string& tokenizer_path) {
  PTETOOL_ASSIGN(const Companions companions, read_companions(tokenizer_path));
  if (companions.chat_template.empty()) {
    return fail(
        ErrorCode::Missing, tokenizer_path, "",
        "there is no chat template beside it (tokenizer_config.json with 'chat_template', or chat_template.jinja)");
  }
  const std::string_view family = recognized_chat_family(companions.chat_template);
  if (family.empty()) {
    return fail(ErrorCode::Unsupported, companions.chat_template_file, "chat_template",
                "the chat template is of no known family; name one");
  }
  return chat_template_named(family);
}

}  // namespace ptetool::llm
