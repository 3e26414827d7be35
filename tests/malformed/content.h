// CONTENT, the language of bytes in fixtures: typed numbers, text, and what has been built before by its name.
#pragma once

#include <map>
#include <string>

#include "malformed/builder.h"
#include "malformed/description.h"

namespace ptetool::malformed {

class Contents {
 public:
  // From now on, "@name" stands for these bytes.
  void add(const std::string& name, Buffer bytes) { built_[name] = std::move(bytes); }

  Result<Buffer> bytes_of(std::string words) const;
  // Puts bytes and digests in the place of "@NAME" and "sha256(…)".
  Result<> substitute(Json& json) const;

 private:
  std::map<std::string, Buffer> built_;
};

}  // namespace ptetool::malformed
