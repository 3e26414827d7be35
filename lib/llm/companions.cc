// Small JSON files, read leniently: they are written for other programs and most of them is not about tokens.
#include "llm/companions.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "llm/tokenizer_sections.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Real ones have some hundred KiB (tokenizer_config.json lists the added tokens).
constexpr std::uint64_t kMaxCompanion = 64 << 20;

Result<std::string> read_text(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::string();
  PTETOOL_ASSIGN(const auto file, File::open(path.string()));
  if (file->size() > kMaxCompanion) return fail(ErrorCode::Limit, path.string(), "", "is larger than 64 MiB");
  return std::string(as_text(file->bytes()));
}

// Null where there is no such file.
Result<json> read_document(const fs::path& path) {
  PTETOOL_ASSIGN(const std::string text, read_text(path));
  if (text.empty()) return json();
  auto document = parse_json(text);
  if (!document) {
    Error error = std::move(document).error();
    error.file = path.string();
    return Failure(std::move(error));
  }
  if (!document->is_object()) return fail(ErrorCode::Malformed, path.string(), "", "is no JSON object");
  return std::move(*document);
}

// "<s>" or {"content": "<s>", …}.
void take_text(const json& document, const char* name, std::string& text) {
  if (!document.is_object() || !document.contains(name)) return;
  const json* value = &document[name];
  if (value->is_object() && value->contains("content")) value = &(*value)["content"];
  if (value->is_string()) text = value->get<std::string>();
}

void take_flag(const json& document, const char* name, std::optional<bool>& flag) {
  if (document.is_object() && document.contains(name) && document[name].is_boolean()) flag = document[name].get<bool>();
}

std::optional<TokenId> id_of(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= (std::uint64_t{1} << 31)) return std::nullopt;
  return static_cast<TokenId>(value.get<std::uint64_t>());
}

void take_ids(const json& document, Companions& companions) {
  if (!document.is_object()) return;
  if (document.contains("bos_token_id") && !companions.bos_id) companions.bos_id = id_of(document["bos_token_id"]);
  if (!document.contains("eos_token_id") || !companions.eos_ids.empty()) return;
  const json& ends = document["eos_token_id"];
  for (const json& end : ends.is_array() ? ends : json::array({ends})) {
    if (const auto id = id_of(end)) companions.eos_ids.push_back(*id);
  }
}

// Every "something_token", of the first document that names it.
void take_special(const json& document, std::vector<std::pair<std::string, std::string>>& tokens) {
  if (!document.is_object()) return;
  for (const auto& [name, value] : document.items()) {
    std::string text;
    if (name.ends_with("_token")) take_text(document, name.c_str(), text);
    const bool known = std::ranges::find(tokens, name, &std::pair<std::string, std::string>::first) != tokens.end();
    if (!text.empty() && !known) tokens.emplace_back(name, std::move(text));
  }
}

// A string, or a list of {"name": …, "template": …}.
void take_template(const json& document, Companions& companions) {
  if (!document.is_object() || !document.contains("chat_template")) return;
  const json& value = document["chat_template"];
  if (value.is_string()) companions.chat_template = value.get<std::string>();
  if (!value.is_array()) return;
  for (const json& entry : value) {
    const bool named = entry.is_object() && entry.contains("name") && entry["name"].is_string();
    if (!named || !entry.contains("template") || !entry["template"].is_string()) continue;
    const std::string name = entry["name"].get<std::string>();
    if (name == "default" || value.size() == 1) {
      companions.chat_template = entry["template"].get<std::string>();
    } else {
      companions.other_chat_templates.push_back(name);
    }
  }
}

}  // namespace

Result<Companions> read_companions(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::is_directory(path, error) ? fs::path(path) : fs::path(path).parent_path();
  Companions companions;
  PTETOOL_ASSIGN(const json config, read_document(folder / "tokenizer_config.json"));
  PTETOOL_ASSIGN(const json special, read_document(folder / "special_tokens_map.json"));
  for (const json* document : {&special, &config}) {
    take_text(*document, "bos_token", companions.bos_text);
    take_text(*document, "eos_token", companions.eos_text);
    take_text(*document, "unk_token", companions.unk_text);
    take_text(*document, "pad_token", companions.pad_text);
  }
  take_flag(config, "add_bos_token", companions.add_bos);
  take_flag(config, "add_eos_token", companions.add_eos);
  PTETOOL_ASSIGN(const json generation, read_document(folder / "generation_config.json"));
  take_ids(generation, companions);
  if (generation.is_null()) {
    // Models are described by files of the same name that have nothing to do with tokens.
    if (const auto model = read_document(folder / "config.json")) take_ids(*model, companions);
  }
  for (const json* document : {&config, &special}) take_special(*document, companions.special_tokens);
  take_template(config, companions);
  companions.chat_template_file = "tokenizer_config.json";
  PTETOOL_ASSIGN(const std::string jinja, read_text(folder / "chat_template.jinja"));
  if (!jinja.empty()) {
    companions.chat_template = jinja;
    companions.chat_template_file = "chat_template.jinja";
  }
  return companions;
}

std::optional<TokenId> bos_of(const Companions& companions, const Tokenizer& tokenizer) {
  if (!companions.bos_text.empty()) {
    if (const auto id = tokenizer.find(companions.bos_text)) return id;
  }
  return companions.bos_id;
}

std::vector<TokenId> eos_of(const Companions& companions, const Tokenizer& tokenizer) {
  std::vector<TokenId> ids;
  const auto add = [&](TokenId id) {
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  if (!companions.eos_text.empty()) {
    if (const auto id = tokenizer.find(companions.eos_text)) add(*id);
  }
  for (const TokenId id : companions.eos_ids) add(id);
  return ids;
}

}  // namespace ptetool::llm
