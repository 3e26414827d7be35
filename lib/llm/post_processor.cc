// All post-processors that exist only put tokens around the text; which, is known when the file is read.
#include "llm/post_processor.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "llm/json_fields.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

using nlohmann::json;

class Reading {
 public:
  explicit Reading(const std::function<bool(std::uint64_t)>& exists) : exists_(exists) {}

  Result<> read(const json& section, const std::string& path, int depth) {
    Fields fields(section, path);
    const std::string type = fields.text("type");
    if (type == "Sequence") {
      if (depth == 8) return fail(ErrorCode::Limit, "", path, "has too many sequences inside one another");
      if (const json* list = fields.part("processors"); list != nullptr && list->is_array()) {
        for (std::size_t i = 0; i < list->size(); ++i) {
          PTETOOL_CHECK(read((*list)[i], indexed(fields.path_of("processors"), i), depth + 1));
        }
      }
    } else if (type == "TemplateProcessing") {
      PTETOOL_CHECK(from_template(fields));
    } else if (type == "BertProcessing" || type == "RobertaProcessing") {
      PTETOOL_CHECK(from_pair(fields));
    } else if (type == "ByteLevel") {
      // Moves offsets only.
      fields.ignore({"add_prefix_space", "trim_offsets", "use_regex"});
    } else if (!type.empty()) {
      return fields.unsupported("the post-processor " + quoted(type) + " is not supported");
    }
    return fields.finish();
  }

  Surroundings result;

 private:
  // What one processor puts around the text stands outside of what an earlier one did.
  void surround(std::vector<std::uint32_t> before, const std::vector<std::uint32_t>& behind) {
    before.insert(before.end(), result.before.begin(), result.before.end());
    result.before = std::move(before);
    result.behind.insert(result.behind.end(), behind.begin(), behind.end());
  }

  Result<std::uint32_t> checked(const json& id, const Fields& fields) const {
    if (!id.is_number_unsigned() || !exists_(id.get<std::uint64_t>())) {
      return fields.malformed("names an id that no token has");
    }
    return id.get<std::uint32_t>();
  }

  Result<> from_pair(Fields& fields) {
    fields.ignore({"trim_offsets", "add_prefix_space"});
    std::vector<std::uint32_t> ids;
    for (const char* name : {"cls", "sep"}) {
      const json* pair = fields.part(name);
      if (pair == nullptr || !pair->is_array() || pair->size() != 2) {
        return fields.malformed(fmt::format("'{}' is no pair of text and id", name));
      }
      PTETOOL_ASSIGN(const std::uint32_t id, checked((*pair)[1], fields));
      ids.push_back(id);
    }
    surround({ids[0]}, {ids[1]});
    return {};
  }

  Result<> from_template(Fields& fields) {
    const json* single = fields.part("single");
    const json* specials = fields.part("special_tokens");
    fields.ignore({"pair"});
    if (single == nullptr || !single->is_array()) return fields.malformed("'single' is no list");
    std::vector<std::uint32_t> before;
    std::vector<std::uint32_t> behind;
    bool seen = false;
    for (const json& piece : *single) {
      if (piece.is_object() && piece.contains("Sequence")) {
        if (seen) return fields.unsupported("the template has the text twice");
        seen = true;
        continue;
      }
      PTETOOL_CHECK(add_special(piece, specials, fields, seen ? behind : before));
    }
    if (!seen) return fields.unsupported("the template is without the text");
    surround(std::move(before), behind);
    return {};
  }

  // {"SpecialToken": {"id": "<s>", "type_id": 0}}, whose ids are listed under "special_tokens".
  Result<> add_special(const json& piece, const json* specials, const Fields& fields,
                       std::vector<std::uint32_t>& ids) const {
    const auto wrong = [&] {
      return fields.malformed("the template has something that is neither text nor a special token");
    };
    if (!piece.is_object() || !piece.contains("SpecialToken")) return wrong();
    const json& token = piece["SpecialToken"];
    if (!token.is_object() || !token.contains("id") || !token["id"].is_string()) return wrong();
    const auto name = token["id"].get<std::string>();
    if (specials == nullptr || !specials->is_object() || !specials->contains(name)) {
      return fields.malformed("the special token " + quoted(name) + " is not listed");
    }
    const json& entry = (*specials)[name];
    if (!entry.is_object() || !entry.contains("ids") || !entry["ids"].is_array()) return wrong();
    for (const json& id : entry["ids"]) {
      PTETOOL_ASSIGN(const std::uint32_t known, checked(id, fields));
      ids.push_back(known);
    }
    return {};
  }

  const std::function<bool(std::uint64_t)>& exists_;
};

}  // namespace

Result<Surroundings> read_post_processor(const json& section, const std::string& path,
                                         const std::function<bool(std::uint64_t)>& exists) {
  Reading reading(exists);
  if (!section.is_null()) PTETOOL_CHECK(reading.read(section, path, 0));
  return std::move(reading.result);
}

}  // namespace ptetool::llm
