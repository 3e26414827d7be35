// The template that comes with a tokenizer; where it cannot be read, the family that its words belong to.
#include "llm/chat_families.h"
#include "llm/companions.h"
#include "llm/jinja_chat.h"
#include "ptetool/base/text.h"
#include "ptetool/llm/chat.h"

namespace ptetool::llm {

Result<FoundChatTemplate> find_chat_template(const std::string& tokenizer_path) {
  PTETOOL_ASSIGN(const Companions companions, read_companions(tokenizer_path));
  const std::string& file = companions.chat_template_file;
  if (companions.chat_template.empty()) {
    if (!companions.other_chat_templates.empty()) {
      return fail(
          ErrorCode::Missing, file, "chat_template",
          "there are several chat templates, none of them 'default': " + name_list(companions.other_chat_templates));
    }
    return fail(
        ErrorCode::Missing, tokenizer_path, "",
        "there is no chat template beside it (tokenizer_config.json with 'chat_template', or chat_template.jinja)");
  }
  auto own = read_jinja_chat(companions.chat_template, file, companions.special_tokens);
  if (own) return FoundChatTemplate{std::move(*own), ""};
  const std::string_view family = recognized_chat_family(companions.chat_template);
  if (family.empty()) return forward_error(std::move(own));
  PTETOOL_ASSIGN(auto instead, chat_template_named(family));
  return FoundChatTemplate{std::move(instead), own.error().line() + "; the chat template of the family " +
                                                   quoted(family) + " is used instead"};
}

}  // namespace ptetool::llm
