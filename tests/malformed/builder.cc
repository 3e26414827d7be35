// From descriptions to bytes: JSON becomes a flatbuffer, segments and headers follow from it, and damage comes last.
#include "malformed/builder.h"

#include <flatbuffers/idl.h>
#include <flatbuffers/util.h>

#include <algorithm>
#include <optional>

#include "malformed/content.h"
#include "malformed/description.h"
#include "malformed/headers.h"
#include "ptetool/base/checked.h"
#include "ptetool/base/hash.h"
#include "ptetool/format/packed_weights.h"

namespace ptetool::malformed {

namespace {

constexpr std::size_t kInsertedHeader = 32;      // as ExecuTorch writes it, whatever its length field says
constexpr std::size_t kInsertedDataHeader = 48;  // "FH01" with padding: 40 bytes from byte 8 on, to byte 48
constexpr std::size_t kBlobHeaderBytes = 32;

// "a.b[3].c" as a JSON pointer.
Json::json_pointer pointer(const std::string& path) {
  std::string text;
  for (const char c : "." + path) {
    if (c == '.' || c == '[')
      text += '/';
    else if (c != ']')
      text += c;
  }
  return Json::json_pointer(text);
}

bool has_word(const std::vector<std::string>& lines, std::string_view word) {
  return std::ranges::find(lines, word) != lines.end();
}

// "header inserted = N".
std::optional<std::uint64_t> inserted_bytes(const std::vector<std::string>& lines) {
  for (std::string line : lines) {
    if (take_word(line) == "inserted" && take_word(line) == "=") return to_number(line);
  }
  return std::nullopt;
}

class Builder {
 public:
  explicit Builder(std::string schemas) : schemas_(std::move(schemas)) {}

  Result<Fixture> build(Descriptions all) {
    Fixture fixture{{}, std::move(all.options), std::move(all.expected)};
    for (Description& blob : all.blobs) {
      PTETOOL_ASSIGN(Buffer bytes, build_blob(blob));
      contents_.add(blob.name, std::move(bytes));
    }
    for (Description& file : all.files) {
      PTETOOL_ASSIGN(Buffer bytes, build_file(file));
      contents_.add(file.name, bytes);
      fixture.files.push_back({file.name, file.data, std::move(bytes)});
    }
    return fixture;
  }

 private:
  Result<> change(Json& json, const std::string& line) const {
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
      PTETOOL_CHECK(contents_.substitute(value));
      json[pointer(rest.substr(0, equals))] = std::move(value);
      return {};
    } catch (const std::exception& problem) {
      return broken(line, problem.what());
    }
  }

  Result<Buffer> flatbuffer(Description& source) const {
    PTETOOL_CHECK(contents_.substitute(source.json));
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

  Result<Buffer> build_blob(Description& source) const {
    Buffer constants;
    for (const std::string& each : source.constants) {
      PTETOOL_ASSIGN(const Buffer bytes, contents_.bytes_of(each));
      pad_to(constants, kDefaultAlignment);
      constants.insert(constants.end(), bytes.begin(), bytes.end());
    }
    PTETOOL_ASSIGN(Buffer bytes, flatbuffer(source));
    if (!has_word(source.header, "none")) {
      const std::uint64_t tables = bytes.size();
      bytes.insert(bytes.begin(), kBlobHeaderBytes, 0);
      pad_to(bytes, kDefaultAlignment);
      write_header(bytes, kBlobHeader, {30, kBlobHeaderBytes, tables, bytes.size(), constants.size()});
      bytes.insert(bytes.end(), constants.begin(), constants.end());
    }
    PTETOOL_CHECK(change_header(bytes, kBlobHeader, source.header));
    PTETOOL_CHECK(change_bytes(bytes, source.bytes, 0));
    return bytes;
  }

  Result<Buffer> build_raw(const Description& source) const {
    PTETOOL_ASSIGN(Buffer bytes, contents_.bytes_of(source.raw));
    if (!source.packed) return bytes;
    packed::PackedFile description;
    description.build = "00ff";
    description.cpu = "abacus";
    description.label = "FullyConnected float32 [1, 2]";
    description.weights = bytes;
    description.checksum = fingerprint(bytes);
    Buffer file = packed::packed_header(description);
    file.insert(file.end(), bytes.begin(), bytes.end());
    file.resize(file.size() + packed::kTailBytes);
    return file;
  }

  Result<Buffer> build_file(Description& source) const {
    if (source.schema.empty()) {
      PTETOOL_ASSIGN(Buffer bytes, build_raw(source));
      PTETOOL_CHECK(change_bytes(bytes, source.bytes, 0));
      return bytes;
    }
    const bool data_file = source.schema.starts_with("flat_tensor");
    const bool program = source.schema == "program.fbs";
    const HeaderFormat& format = data_file ? kDataHeader : kProgramHeader;
    std::vector<Buffer> segments;
    Json table = Json::array();
    std::uint64_t end = 0;
    for (const std::string& each : source.segments) {
      PTETOOL_ASSIGN(Buffer bytes, contents_.bytes_of(each));
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
      insert_header(bytes, format, inserted, end, source.align);
      base = bytes.size();
      for (std::size_t i = 0; i < segments.size(); ++i) {
        bytes.resize(base + table[i]["offset"].get<std::uint64_t>());
        bytes.insert(bytes.end(), segments[i].begin(), segments[i].end());
      }
    }
    PTETOOL_CHECK(change_header(bytes, format, source.header));
    PTETOOL_CHECK(change_bytes(bytes, source.bytes, base));
    return bytes;
  }

  // "append …", "truncate …" and "poke …".
  Result<> change_bytes(Buffer& bytes, const std::vector<std::string>& lines, std::uint64_t base) const {
    for (const std::string& line : lines) {
      std::string rest = line;
      const std::string word = take_word(rest);
      if (word == "append") {
        PTETOOL_ASSIGN(const Buffer more, contents_.bytes_of(rest));
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
      const unsigned width = type == "u8" ? 1 : type == "u16" ? 2 : type == "u32" ? 4 : 8;
      if (!value || !overwrite(bytes, *offset + (relative ? base : 0), *value, width)) {
        return broken(line, "has no number or lies outside the file");
      }
    }
    return {};
  }

  std::string schemas_;
  Contents contents_;
};

}  // namespace

Result<Fixture> build_fixture(const std::string& folder, const std::string& name, const std::string& schemas) {
  PTETOOL_ASSIGN(Descriptions descriptions, read_descriptions(folder, name));
  return Builder(schemas).build(std::move(descriptions));
}

}  // namespace ptetool::malformed
