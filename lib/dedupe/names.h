// Which name means what. A name must mean one content wherever programs may meet it: data files of a program are
// searched before its own named data, and a name in two data files is an error even for equal bytes (format-facts 5.4).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/places.h"

namespace ptetool::dedupe {

// "<64 hex>" or "scale_<64 hex>", as the exporter writes them.
bool content_form(std::string_view key);

// Borrows the weights.
class Names {
 public:
  explicit Names(const Weights& weights) : weights_(weights) {}

  // `layout`: as layout_id() has it; empty: none.
  void take(std::string_view key, std::size_t content, std::string layout);
  // Delegates read bytes, whatever layout stands beside them; tensors need theirs.
  bool free_for(std::string_view key, std::size_t content, const std::string& layout, bool any_layout) const;
  // The first name that is free: `wanted` (may be empty), the digest, "1_<digest>" …
  Result<std::string_view> claim(std::string_view wanted, std::size_t content, const std::string& layout,
                                 bool any_layout);
  // Digests that will be asked for, computed side by side.
  void digest_all(const std::vector<std::size_t>& contents, const ThreadPool* threads);

  // What the names that were claimed point to.
  std::deque<std::string> release() { return std::move(texts_); }

 private:
  struct Meaning {
    std::size_t content;
    std::string layout;  // empty: none
  };

  Result<std::string> digest(std::size_t content);

  const Weights& weights_;
  std::map<std::string, std::vector<Meaning>, std::less<>> taken_;
  std::map<std::size_t, std::string> digests_;  // of contents
  std::deque<std::string> texts_;
};

}  // namespace ptetool::dedupe
