// Reading a fixture: includes are followed, and every directive goes to the file or blob that it is about.
#include "malformed/description.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace ptetool::malformed {

namespace {

struct Directive {
  std::string text;                // without comment
  std::vector<std::string> block;  // the indented lines below
};

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

Description& find(std::vector<Description>& list, const std::string& name) {
  const auto found = std::ranges::find(list, name, &Description::name);
  if (found != list.end()) return *found;
  list.emplace_back().name = name;
  return list.back();
}

Result<> take_json(Description& target, std::string_view schema, const Directive& directive) {
  std::string text;
  for (const std::string& line : directive.block) text += line + "\n";
  target.schema = schema;
  target.json = Json::parse(text, nullptr, false, true);
  if (target.json.is_discarded()) return broken(directive.text, "the block is no JSON");
  return {};
}

// Directives that files and blobs have.
Result<> take_common(Description& target, const std::string& word, const std::string& rest,
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

Result<> take_blob(std::vector<Description>& blobs, std::string rest, const Directive& directive) {
  std::string name = take_word(rest);
  if (name.ends_with(":")) {
    name.pop_back();
    return take_json(find(blobs, name), "xnnpack_graph.fbs", directive);
  }
  Description& blob = find(blobs, name);
  const std::string kind = take_word(rest);
  if (kind != "constants") return take_common(blob, kind, rest, directive);
  blob.constants.push_back(rest);
  return {};
}

Result<> take_file(Description& file, const std::string& word, const std::string& rest, const Directive& directive) {
  constexpr std::pair<std::string_view, std::string_view> kSchemas[] = {{"pte:", "program.fbs"},
                                                                        {"pte02:", "program_et02.fbs"},
                                                                        {"ptd:", "flat_tensor.fbs"},
                                                                        {"ptd06:", "flat_tensor_v06.fbs"},
                                                                        {"bpte:", "bundled_program.fbs"}};
  for (const auto& [key, schema] : kSchemas) {
    if (word == key) return take_json(file, schema, directive);
  }
  if (word == "raw" || word == "packed") {
    file.raw = rest;
    file.packed = word == "packed";
  } else if (word == "data") {
    file.data = true;
  } else if (word == "align") {
    file.align = to_number(rest).value_or(kDefaultAlignment);
  } else if (word == "segment") {
    file.segments.push_back(rest);
  } else {
    return take_common(file, word, rest, directive);
  }
  return {};
}

}  // namespace

Failure broken(const std::string& line, const std::string& why) {
  return fail(ErrorCode::Usage, "in the line \"" + line + "\": " + why);
}

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

Result<Descriptions> read_descriptions(const std::string& folder, const std::string& name) {
  PTETOOL_ASSIGN(const auto directives, read_directives(folder, name));
  Descriptions all;
  std::string current;
  for (const Directive& directive : directives) {
    std::string rest = directive.text;
    const std::string word = take_word(rest);
    if (word == "options") {
      while (!rest.empty()) all.options.push_back(take_word(rest));
    } else if (word == "expect:") {
      all.expected = directive.block;
    } else if (word == "file") {
      current = rest;
      find(all.files, current);
    } else if (word == "blob") {
      PTETOOL_CHECK(take_blob(all.blobs, rest, directive));
    } else if (current.empty()) {
      return broken(directive.text, "comes before any file");
    } else {
      PTETOOL_CHECK(take_file(find(all.files, current), word, rest, directive));
    }
  }
  return all;
}

}  // namespace ptetool::malformed
