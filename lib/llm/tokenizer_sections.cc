// A handler of JSON events that knows where it is: tables of the model go into lists, all else becomes a document.
#include "llm/tokenizer_sections.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

using nlohmann::json;

// Sequences in sequences; the deepest real file has eight levels.
constexpr std::size_t kMaxDepth = 64;

class Reader : public nlohmann::json_sax<json> {
 public:
  // `tables` may be null: then all becomes a document.
  explicit Reader(TokenizerSections* tables) : tables_(tables) {}

  json& document() { return document_; }
  const std::optional<Error>& problem() const { return problem_; }

  bool null() override { return value(nullptr); }
  bool boolean(bool flag) override { return value(flag); }
  bool number_integer(number_integer_t number) override {
    return table_ == Table::None ? value(number) : number_in_table(static_cast<double>(number), std::nullopt);
  }
  bool number_unsigned(number_unsigned_t number) override {
    return table_ == Table::None ? value(number) : number_in_table(static_cast<double>(number), number);
  }
  bool number_float(number_float_t number, const string_t&) override {
    return table_ == Table::None ? value(number) : number_in_table(number, std::nullopt);
  }
  bool string(string_t& text) override {
    return table_ == Table::None ? value(std::move(text)) : string_in_table(text);
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (table_ != Table::None) return refuse("has an object inside");
    if (begins_table(false)) return true;
    return open(json::object());
  }
  bool end_object() override { return table_ != Table::None ? leave_table() : close(); }
  bool start_array(std::size_t) override {
    if (table_ == Table::None) return begins_table(true) || open(json::array());
    if (row_ || table_ == Table::Ids) return refuse("has a list inside");
    row_ = true;
    items_ = 0;
    return true;
  }
  bool end_array() override {
    if (table_ == Table::None) return close();
    if (!row_) return leave_table();
    row_ = false;
    return items_ == 2 || refuse("has an entry that is no pair");
  }
  bool key(string_t& name) override {
    if (table_ == Table::Ids) return add(tables_->tokens, name);
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    std::string_view what = error.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    problem_ = Error{ErrorCode::Malformed, "is no valid JSON: " + escaped(what, 200), "", "",
                     position == 0 ? 0 : position - 1};
    return false;
  }

 private:
  enum class Table { None, Ids, Scores, Merges };

  bool refuse(std::string message, ErrorCode code = ErrorCode::Malformed) {
    const char* path = table_ == Table::None ? "" : table_ == Table::Merges ? "model.merges" : "model.vocab";
    problem_ = Error{code, std::move(message), "", path};
    return false;
  }

  bool add(StringList& list, std::string_view text) {
    if (auto added = list.add(text); !added) return refuse(added.error().message, added.error().code);
    return true;
  }

  // Is the value that begins now one of the tables?
  bool begins_table(bool list) {
    if (tables_ == nullptr || open_.size() != 2 || path_[1] != "model") return false;
    if (key_ == "vocab") {
      table_ = list ? Table::Scores : Table::Ids;
    } else if (key_ == "merges" && list) {
      table_ = Table::Merges;
    }
    if (table_ == Table::None) return false;
    row_ = false;
    if ((table_ == Table::Merges ? tables_->merges : tables_->tokens).size() != 0) return refuse("is there twice");
    return true;
  }
  bool leave_table() {
    table_ = Table::None;
    return true;
  }

  bool string_in_table(std::string_view text) {
    if (table_ == Table::Scores && row_ && items_++ == 0) return add(tables_->tokens, text);
    if (table_ != Table::Merges) return refuse("has a string where a number should be");
    if (row_) return ++items_ <= 2 ? add(tables_->merges, text) : refuse("has an entry that is no pair");
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) {
      return refuse("has the entry " + quoted(text) + ", which is no pair");
    }
    return add(tables_->merges, text.substr(0, space)) && add(tables_->merges, text.substr(space + 1));
  }

  bool number_in_table(double number, std::optional<std::uint64_t> whole) {
    if (table_ == Table::Ids && whole) {
      tables_->ids.push_back(*whole);
      return true;
    }
    if (table_ == Table::Scores && row_ && items_++ == 1) {
      tables_->scores.push_back(number);
      return true;
    }
    return refuse("has a number where something else should be");
  }

  bool value(json item) {
    if (table_ != Table::None) return refuse("has an entry of the wrong type");
    place(std::move(item));
    return true;
  }
  json& place(json item) {
    if (open_.empty()) return document_ = std::move(item);
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(item));
      return parent.back();
    }
    return parent[key_] = std::move(item);
  }
  bool open(json container) {
    if (open_.size() == kMaxDepth) return refuse("is nested too deeply", ErrorCode::Limit);
    // Parents do not move while something in them is open.
    path_.push_back(key_);
    open_.push_back(&place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    path_.pop_back();
    return true;
  }

  TokenizerSections* tables_;
  json document_;
  std::vector<json*> open_;
  std::vector<std::string> path_;  // the key under which each open container was placed
  std::string key_;
  std::optional<Error> problem_;
  Table table_ = Table::None;
  bool row_ = false;       // inside an entry of the table
  std::size_t items_ = 0;  // of that entry
};

Result<> parse(std::string_view text, Reader& reader) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (json::sax_parse(text.begin(), text.end(), &reader)) return {};
  if (reader.problem()) return Failure(*reader.problem());
  return fail(ErrorCode::Malformed, "is no valid JSON");
}

}  // namespace

Result<> StringList::add(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - texts_.size()) {
    return fail(ErrorCode::Limit, "has more than 4 GiB of text");
  }
  texts_ += text;
  ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
  return {};
}

Result<TokenizerSections> read_tokenizer_sections(std::string_view text) {
  TokenizerSections sections;
  Reader reader(&sections);
  PTETOOL_CHECK(parse(text, reader));
  sections.rest = std::move(reader.document());
  return sections;
}

Result<nlohmann::json> parse_json(std::string_view text) {
  Reader reader(nullptr);
  PTETOOL_CHECK(parse(text, reader));
  return std::move(reader.document());
}

}  // namespace ptetool::llm
