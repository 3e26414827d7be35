// The tokens of a model: text to id and back, in little memory (a vocabulary has up to 300 000 of them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::llm {

// Ids are below 2^24: no vocabulary comes near, and a table of all ids stays within 128 MiB.
inline constexpr std::uint64_t kMaxTokens = std::uint64_t{1} << 24;

// Errors: Malformed (nearly all of `size` ids are without a token, so that it cannot be a vocabulary).
Result<> check_density(std::size_t size, std::size_t count);

class Vocabulary {
 public:
  // Errors: Malformed (the id or the text is taken, the id is out of range).
  Result<> add(std::string_view text, std::uint64_t id);
  // A token that find() does not know, for texts that several tokens have; by rising id.
  Result<> add_hidden(std::string_view text, std::uint64_t id);
  std::optional<std::uint32_t> find(std::string_view text) const;
  // Empty for an id without a token.
  std::optional<std::string_view> text(std::uint64_t id) const;
  // One more than the largest id.
  std::size_t size() const { return spans_.size(); }
  std::size_t count() const { return count_; }

 private:
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t length = kNone;
  };
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  Result<> place(std::string_view text, std::uint64_t id);
  std::string_view text_of(std::uint32_t id) const;
  std::size_t slot_of(std::string_view text) const;
  void grow();

  std::string texts_;
  std::vector<Span> spans_;            // by id
  std::vector<std::uint32_t> slots_;   // hash table of ids, a power of two
  std::vector<std::uint32_t> hidden_;  // in order
  std::size_t count_ = 0;
};

}  // namespace ptetool::llm
