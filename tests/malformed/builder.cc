// The builder behind *.fixture; builder.h describes the language.
#include "malformed/builder.h"

#include <flatbuffers/idl.h>
#include <flatbuffers/util.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "ptetool/base/hash.h"
#include "ptetool/format/packed_weights.h"

namespace ptetool::malformed {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderAt = 8;
constexpr std::size_t kInsertedHeader = 32;      // as ExecuTorch writes it, whatever its length field says
constexpr std::size_t kInsertedDataHeader = 48;  // "FH01" with padding: 40 bytes from byte 8 on, to byte 48
constexpr std::uint64_t kDefaultAlignment = 16;

struct Directive {
  std::string text;                // without comment
  std::vector<std::string> block;  // the indented lines below
};

struct Description {
  std::string schema;  // "program.fbs"; empty for raw files
  Json json;
  Buffer raw;
  std::vector<std::string> segments;
  std::uint64_t align = kDefaultAlignment;
  std::vector<std::string> changes;  // "set …" and "remove …"
  std::vector<std::string> header;
  std::vector<std::string> bytes;      // "poke …", "append …", "truncate …"
  std::vector<std::string> constants;  // blobs only
  bool data = false;
};

struct Named {
  std::string name;
  Description description;
};

Failure broken(const std::string& line, const std::string& why) {
  return fail(ErrorCode::Usage, "in the line \"" + line + "\": " + why);
}

// The first word of `text`, which loses it.
std::string take_word(std::string& text) {
  const auto start = text.find_first_not_of(' ');
  if (start == std::string::npos) return std::exchange(text, {});
  const auto end = std::min(text.find(' ', start), text.size());
  std::string word = text.substr(start, end - start);
  text.erase(0, std::min(text.find_first_not_of(' ', end), text.size()));
  return word;
}

std::optional<std::uint64_t> to_number(const std::string& word) {
  try {
    std::size_t used = 0;
    const std::uint64_t value = std::stoull(word, &used, 0);
    return used == word.size() ? std::optional(value) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

template <class T>
void put(Buffer& bytes, T value) {
  std::uint8_t raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

template <class T>
bool overwrite(Buffer& bytes, std::uint64_t offset, T value) {
  if (!range_within(offset, sizeof(T), bytes.size())) return false;
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
  return true;
}

void pad_to(Buffer& bytes, std::uint64_t alignment) {
  while (bytes.size() % alignment != 0) bytes.push_back(0);
}

Result<std::vector<Directive>> read_directives(const std::string& folder, const std::string& name) {
  std::ifstream in(folder + "/" + name);
  if (!in) return fail(ErrorCode::Io, folder + "/" + name, "", "cannot be read");
  std::vector<Directive> directives;
  for (std::string line; std::getline(in, line);) {
    if (const auto comment = line.find_first_not_of(' '); comment == std::string::npos || line[comment] == '#')
      continue;
    if (line.starts_with(' ')) {
      if (directives.empty()) return broken(line, "belongs to no directive");
      directives.back().block.push_back(line.substr(line.find_first_not_of(' ')));
    } else if (line.starts_with("include ")) {
      PTETOOL_ASSIGN(auto included, read_directives(folder, line.substr(8)));
      directives.insert(directives.end(), included.begin(), included.end());
    } else {
      directives.push_back({line, {}});
    }
  }
  return directives;
}

class Builder {
 public:
  explicit Builder(std::string schemas) : schemas_(std::move(schemas)) {}

  Result<Fixture> build(const std::vector<Directive>& directives) {
    for (const Directive& directive : directives) PTETOOL_CHECK(take(directive));
    for (Named& blob : blobs_) {
      PTETOOL_ASSIGN(built_[blob.name], build_blob(blob.description));
    }
    for (Named& file : files_) {
      PTETOOL_ASSIGN(Buffer bytes, build_file(file.description));
      built_[file.name] = bytes;
      fixture_.files.push_back({file.name, file.description.data, std::move(bytes)});
    }
    return std::move(fixture_);
  }

 private:
  static Description& find(std::vector<Named>& list, const std::string& name) {
    const auto found = std::ranges::find(list, name, &Named::name);
    return found != list.end() ? found->description : list.emplace_back(Named{name, {}}).description;
  }

  Result<> take(const Directive& directive) {
    std::string rest = directive.text;
    const std::string word = take_word(rest);
    if (word == "options") {
      while (!rest.empty()) fixture_.options.push_back(take_word(rest));
      return {};
    }
    if (word == "expect:") {
      fixture_.expected = directive.block;
      return {};
    }
    if (word == "file") {
      current_ = rest;
      find(files_, current_);
      return {};
    }
    if (word == "blob") {
      std::string name = take_word(rest);
      if (name.ends_with(":")) {
        name.pop_back();
        return take_json(find(blobs_, name), "xnnpack_graph.fbs", directive);
      }
      Description& blob = find(blobs_, name);
      const std::string kind = take_word(rest);
      if (kind == "constants")
        blob.constants.push_back(rest);
      else
        return take_common(blob, kind, rest, directive);
      return {};
    }
    if (current_.empty()) return broken(directive.text, "comes before any file");
    Description& file = find(files_, current_);
    constexpr std::pair<std::string_view, std::string_view> kSchemas[] = {{"pte:", "program.fbs"},
                                                                          {"pte02:", "program_et02.fbs"},
                                                                          {"ptd:", "flat_tensor.fbs"},
                                                                          {"ptd06:", "flat_tensor_v06.fbs"},
                                                                          {"bpte:", "bundled_program.fbs"}};
    for (const auto& [key, schema] : kSchemas) {
      if (word == key) return take_json(file, std::string(schema), directive);
    }
    if (word == "raw") {
      PTETOOL_ASSIGN(file.raw, content(rest));
      return {};
    }
    if (word == "packed") {
      PTETOOL_ASSIGN(const Buffer weights, content(rest));
      packed::PackedFile description;
      description.build = "00ff";
      description.cpu = "abacus";
      description.label = "FullyConnected float32 [1, 2]";
      description.weights = weights;
      description.checksum = fingerprint(weights);
      file.raw = packed::packed_header(description);
      file.raw.insert(file.raw.end(), weights.begin(), weights.end());
      file.raw.resize(file.raw.size() + packed::kTailBytes);
      return {};
    }
    if (word == "data") {
      file.data = true;
      return {};
    }
    if (word == "align") {
      file.align = to_number(rest).value_or(kDefaultAlignment);
      return {};
    }
    if (word == "segment") {
      file.segments.push_back(rest);
      return {};
    }
    return take_common(file, word, rest, directive);
  }

  static Result<> take_common(Description& target, const std::string& word, const std::string& rest,
                              const Directive& directive) {
    if (word == "set" || word == "remove") {
      target.changes.push_back(word + " " + rest);
    } else if (word == "header") {
      target.header.push_back(rest);
    } else if (word == "poke" || word == "append" || word == "truncate") {
      target.bytes.push_back(word + " " + rest);
    } else {
      return broken(directive.text, "there is no such directive");
    }
    return {};
  }

  static Result<> take_json(Description& target, std::string schema, const Directive& directive) {
    std::string text;
    for (const std::string& line : directive.block) text += line + "\n";
    target.schema = std::move(schema);
    target.json = Json::parse(text, nullptr, false, true);
    if (target.json.is_discarded()) return broken(directive.text, "the block is no JSON");
    return {};
  }

  Result<Buffer> content(std::string words) {
    Buffer bytes;
    std::string type;
    while (!words.empty()) {
      const std::string word = take_word(words);
      if (word.starts_with("@")) {
        const auto found = built_.find(word.substr(1));
        if (found == built_.end()) return broken(word, "nothing of this name is built yet");
        bytes.insert(bytes.end(), found->second.begin(), found->second.end());
        continue;
      }
      const bool is_type = word == "f32" || word == "i64" || word == "i32" || word == "u16" || word == "u8" ||
                           word == "hex" || word == "zeros" || word == "text";
      if (is_type) {
        type = word;
        continue;
      }
      PTETOOL_CHECK(put_item(bytes, type, word));
    }
    return bytes;
  }

  static Result<> put_item(Buffer& bytes, const std::string& type, const std::string& word) {
    if (type == "text") {
      bytes.insert(bytes.end(), word.begin(), word.end());
      return {};
    }
    try {
      if (type == "f32") {
        put(bytes, std::stof(word));
      } else if (type == "i64") {
        put(bytes, static_cast<std::int64_t>(std::stoll(word, nullptr, 0)));
      } else if (type == "i32") {
        put(bytes, static_cast<std::int32_t>(std::stoll(word, nullptr, 0)));
      } else if (type == "u16") {
        put(bytes, static_cast<std::uint16_t>(std::stoull(word, nullptr, 0)));
      } else if (type == "u8") {
        put(bytes, static_cast<std::uint8_t>(std::stoull(word, nullptr, 0)));
      } else if (type == "zeros") {
        bytes.resize(bytes.size() + std::stoull(word, nullptr, 0));
      } else if (type == "hex") {
        for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
          bytes.push_back(static_cast<std::uint8_t>(std::stoul(word.substr(i, 2), nullptr, 16)));
        }
      } else {
        return broken(word, "comes before the word that says what it is");
      }
    } catch (const std::exception&) {
      return broken(word, "is no number");
    }
    return {};
  }

  // Puts bytes and digests in the place of "@NAME" and "sha256(…)".
  Result<> substitute(Json& json) {
    if (json.is_structured()) {
      for (auto& item : json) PTETOOL_CHECK(substitute(item));
      return {};
    }
    if (!json.is_string()) return {};
    const auto text = json.get<std::string>();
    if (text.starts_with("@")) {
      PTETOOL_ASSIGN(const Buffer bytes, content(text));
      json = Json(bytes);
    } else if (const auto at = text.find("sha256("); at != std::string::npos && text.ends_with(")")) {
      PTETOOL_ASSIGN(const Buffer bytes, content(text.substr(at + 7, text.size() - at - 8)));
      PTETOOL_ASSIGN(const Sha256 digest, sha256(bytes));
      json = text.substr(0, at) + to_hex(digest);
    }
    return {};
  }

  // "a.b[3].c" as a JSON pointer.
  static Json::json_pointer pointer(const std::string& path) {
    std::string text;
    for (const char c : "." + path) {
      if (c == '.' || c == '[')
        text += '/';
      else if (c != ']')
        text += c;
    }
    return Json::json_pointer(text);
  }

  Result<> change(Json& json, const std::string& line) {
    std::string rest = line;
    const std::string word = take_word(rest);
    try {
      if (word == "remove") {
        const auto at = pointer(rest);
        Json& parent = json.at(at.parent_pointer());
        if (parent.is_array())
          parent.erase(std::stoul(at.back()));
        else
          parent.erase(at.back());
        return {};
      }
      const auto equals = rest.find(" = ");
      if (equals == std::string::npos) return broken(line, "has no \" = \"");
      Json value = Json::parse(rest.substr(equals + 3));
      PTETOOL_CHECK(substitute(value));
      json[pointer(rest.substr(0, equals))] = std::move(value);
      return {};
    } catch (const std::exception& problem) {
      return broken(line, problem.what());
    }
  }

  Result<Buffer> flatbuffer(Description& source) {
    PTETOOL_CHECK(substitute(source.json));
    for (const std::string& line : source.changes) PTETOOL_CHECK(change(source.json, line));
    std::string schema;
    if (!flatbuffers::LoadFile((schemas_ + "/" + source.schema).c_str(), false, &schema)) {
      return fail(ErrorCode::Io, schemas_ + "/" + source.schema, "", "cannot be read");
    }
    flatbuffers::Parser parser;
    const char* folders[] = {schemas_.c_str(), nullptr};
    if (!parser.Parse(schema.c_str(), folders, source.schema.c_str()) ||
        !parser.Parse(source.json.dump().c_str(), folders)) {
      return fail(ErrorCode::Usage, source.schema + ": " + parser.error_);
    }
    const std::uint8_t* start = parser.builder_.GetBufferPointer();
    return Buffer(start, start + parser.builder_.GetSize());
  }

  // Changes of header fields: `fields` says where each one is and how wide.
  struct Field {
    std::string_view name;
    std::uint64_t at;
    unsigned width;
  };
  static Result<> change_header(Buffer& bytes, const std::vector<std::string>& lines, std::span<const Field> fields) {
    for (const std::string& line : lines) {
      std::string rest = line;
      const std::string name = take_word(rest);
      if (name == "none" || name == "yes" || name == "inserted") continue;
      take_word(rest);  // the equals sign
      const auto field = std::ranges::find(fields, name, &Field::name);
      const auto value = to_number(rest);
      if (field == fields.end() || !value) return broken("header " + line, "there is no such field or number");
      const bool done = field->width == 2   ? overwrite(bytes, field->at, static_cast<std::uint16_t>(*value))
                        : field->width == 4 ? overwrite(bytes, field->at, static_cast<std::uint32_t>(*value))
                                            : overwrite(bytes, field->at, *value);
      if (!done) return broken("header " + line, "the file has no header");
    }
    return {};
  }

  static bool has_word(const std::vector<std::string>& lines, std::string_view word) {
    return std::ranges::find(lines, word) != lines.end();
  }

  Result<Buffer> build_blob(Description& source) {
    Buffer constants;
    for (const std::string& each : source.constants) {
      PTETOOL_ASSIGN(const Buffer bytes, content(each));
      pad_to(constants, kDefaultAlignment);
      constants.insert(constants.end(), bytes.begin(), bytes.end());
    }
    PTETOOL_ASSIGN(const Buffer tables, flatbuffer(source));
    Buffer bytes;
    if (has_word(source.header, "none")) {
      bytes = tables;
    } else {
      bytes.resize(32);
      std::memcpy(bytes.data() + 4, "XH00", 4);
      bytes.insert(bytes.end(), tables.begin(), tables.end());
      pad_to(bytes, kDefaultAlignment);
      overwrite<std::uint16_t>(bytes, 8, 30);
      overwrite<std::uint32_t>(bytes, 10, 32);
      overwrite(bytes, 14, static_cast<std::uint32_t>(tables.size()));
      overwrite(bytes, 18, static_cast<std::uint32_t>(bytes.size()));
      overwrite<std::uint64_t>(bytes, 22, constants.size());
      bytes.insert(bytes.end(), constants.begin(), constants.end());
    }
    constexpr Field kFields[] = {{"length", 8, 2},
                                 {"flatbuffer_offset", 10, 4},
                                 {"flatbuffer_size", 14, 4},
                                 {"constant_data_offset", 18, 4},
                                 {"constant_data_size", 22, 8}};
    PTETOOL_CHECK(change_header(bytes, source.header, kFields));
    PTETOOL_CHECK(change_bytes(bytes, source.bytes, 0));
    return bytes;
  }

  Result<Buffer> build_file(Description& source) {
    if (source.schema.empty()) {
      PTETOOL_CHECK(change_bytes(source.raw, source.bytes, 0));
      return source.raw;
    }
    const bool data_file = source.schema.starts_with("flat_tensor");
    const bool program = source.schema == "program.fbs";
    std::vector<Buffer> segments;
    Json table = Json::array();
    std::uint64_t end = 0;
    for (const std::string& each : source.segments) {
      PTETOOL_ASSIGN(Buffer bytes, content(each));
      const std::uint64_t start = checked_align_up(end, source.align).value_or(end);
      table.push_back({{"offset", start}, {"size", bytes.size()}});
      end = start + bytes.size();
      segments.push_back(std::move(bytes));
    }
    if ((program && !segments.empty()) || data_file) {
      if (!source.json.contains("segments")) source.json["segments"] = table;
    }
    PTETOOL_ASSIGN(Buffer bytes, flatbuffer(source));
    std::uint64_t base = 0;
    const bool with_header =
        !has_word(source.header, "none") && (data_file || (program && (end > 0 || !source.header.empty())));
    if (with_header) {
      const std::size_t inserted =
          inserted_bytes(source.header).value_or(data_file ? kInsertedDataHeader : kInsertedHeader);
      insert_header(bytes, data_file, inserted, end, source.align);
      base = bytes.size();
      for (std::size_t i = 0; i < segments.size(); ++i) {
        bytes.resize(base + table[i]["offset"].get<std::uint64_t>());
        bytes.insert(bytes.end(), segments[i].begin(), segments[i].end());
      }
    }
    constexpr Field kProgramFields[] = {
        {"length", 12, 4}, {"program_size", 16, 8}, {"segment_base_offset", 24, 8}, {"segment_data_size", 32, 8}};
    constexpr Field kDataFields[] = {{"length", 12, 4},
                                     {"flatbuffer_offset", 16, 8},
                                     {"flatbuffer_size", 24, 8},
                                     {"segment_base_offset", 32, 8},
                                     {"segment_data_size", 40, 8}};
    PTETOOL_CHECK(
        change_header(bytes, source.header, data_file ? std::span<const Field>(kDataFields) : kProgramFields));
    PTETOOL_CHECK(change_bytes(bytes, source.bytes, base));
    return bytes;
  }

  // "header inserted = N".
  static std::optional<std::uint64_t> inserted_bytes(const std::vector<std::string>& lines) {
    for (std::string line : lines) {
      if (take_word(line) == "inserted" && take_word(line) == "=") return to_number(line);
    }
    return std::nullopt;
  }

  // Both formats insert their header behind the identifier; all other offsets of a flatbuffer are relative.
  static void insert_header(Buffer& bytes, bool data_file, std::size_t inserted, std::uint64_t data_size,
                            std::uint64_t align) {
    const std::uint64_t original = bytes.size();
    bytes.insert(bytes.begin() + kHeaderAt, inserted, 0);
    std::uint32_t root = 0;
    std::memcpy(&root, bytes.data(), sizeof(root));
    overwrite(bytes, 0, static_cast<std::uint32_t>(root + inserted));
    const std::uint64_t size = bytes.size();
    pad_to(bytes, align);
    const std::uint64_t base = bytes.size();
    if (data_file) {
      std::memcpy(bytes.data() + kHeaderAt, "FH01", 4);
      overwrite<std::uint32_t>(bytes, 12, 40);
      overwrite<std::uint64_t>(bytes, 16, inserted);
      overwrite(bytes, 24, original);
      overwrite(bytes, 32, base);
      overwrite(bytes, 40, data_size);
    } else {
      std::memcpy(bytes.data() + kHeaderAt, "eh00", 4);
      overwrite<std::uint32_t>(bytes, 12, 32);
      overwrite(bytes, 16, size);
      overwrite(bytes, 24, data_size == 0 ? 0 : base);
      overwrite(bytes, 32, data_size);
    }
  }

  Result<> change_bytes(Buffer& bytes, const std::vector<std::string>& lines, std::uint64_t base) {
    for (const std::string& line : lines) {
      std::string rest = line;
      const std::string word = take_word(rest);
      if (word == "append") {
        PTETOOL_ASSIGN(const Buffer more, content(rest));
        bytes.insert(bytes.end(), more.begin(), more.end());
        continue;
      }
      std::string place = take_word(rest);
      const bool relative = place.starts_with("+");
      const auto offset = to_number(relative ? place.substr(1) : place);
      if (!offset) return broken(line, "has no offset");
      if (word == "truncate") {
        bytes.resize(std::min<std::uint64_t>(*offset, bytes.size()));
        continue;
      }
      const std::string type = take_word(rest);
      const auto value = to_number(rest);
      const std::uint64_t at = *offset + (relative ? base : 0);
      const bool done = value && (type == "u8"    ? overwrite(bytes, at, static_cast<std::uint8_t>(*value))
                                  : type == "u16" ? overwrite(bytes, at, static_cast<std::uint16_t>(*value))
                                  : type == "u32" ? overwrite(bytes, at, static_cast<std::uint32_t>(*value))
                                                  : overwrite(bytes, at, *value));
      if (!done) return broken(line, "has no number or lies outside the file");
    }
    return {};
  }

  std::string schemas_;
  std::vector<Named> blobs_;
  std::vector<Named> files_;
  std::string current_;
  std::map<std::string, Buffer> built_;
  Fixture fixture_;
};

}  // namespace

Result<Fixture> build_fixture(const std::string& folder, const std::string& name, const std::string& schemas) {
  PTETOOL_ASSIGN(const auto directives, read_directives(folder, name));
  return Builder(schemas).build(directives);
}

}  // namespace ptetool::malformed
