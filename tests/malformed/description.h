// What a fixture says of its files: its directives read and sorted, nothing built yet. builder.h describes the
// language.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::malformed {

using Json = nlohmann::ordered_json;

inline constexpr std::uint64_t kDefaultAlignment = 16;

struct Description {
  std::string name;
  std::string schema;  // "program.fbs"; empty for raw files
  Json json;
  std::string raw;      // CONTENT
  bool packed = false;  // `raw` is the weights of a file of the packed cache
  std::vector<std::string> segments;
  std::uint64_t align = kDefaultAlignment;
  std::vector<std::string> changes;  // "set …" and "remove …"
  std::vector<std::string> header;
  std::vector<std::string> bytes;      // "poke …", "append …", "truncate …"
  std::vector<std::string> constants;  // blobs only
  bool data = false;
};

struct Descriptions {
  std::vector<Description> blobs;
  std::vector<Description> files;
  std::vector<std::string> options;
  std::vector<std::string> expected;
};

Result<Descriptions> read_descriptions(const std::string& folder, const std::string& name);

// The first word of `text`, which loses it.
std::string take_word(std::string& text);
std::optional<std::uint64_t> to_number(const std::string& word);
Failure broken(const std::string& line, const std::string& why);

}  // namespace ptetool::malformed
