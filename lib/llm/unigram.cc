// One pass over the text, with the best way to each place; then back from the end.
#include "llm/unigram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "llm/bpe.h"
#include "llm/prefix_trie.h"
#include "llm/utf8.h"

namespace ptetool::llm {

namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;
// What an unknown character costs beyond the least likely token.
constexpr double kUnknownPenalty = 10.0;

class Unigram final : public TokenModel {
 public:
  Unigram(const Vocabulary& vocabulary, const std::vector<double>& scores) : vocabulary_(vocabulary), scores_(scores) {
    unknown_score_ = *std::ranges::min_element(scores_) - kUnknownPenalty;
    bytes_ = find_byte_tokens(vocabulary);
  }

  Result<> fill() {
    for (std::uint32_t id = 0; id < vocabulary_.size(); ++id) {
      PTETOOL_CHECK(trie_.add(vocabulary_.text(id).value_or(""), id));
    }
    return {};
  }

  std::string kind() const override { return "Unigram"; }

  Result<> encode(std::string_view word, std::vector<std::uint32_t>& ids) const override {
    if (word.size() >= kNone) return fail(ErrorCode::Limit, "a text is longer than 4 GiB");
    std::vector<Step> steps(word.size() + 1);
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t length = character_at(word, at).length;
      const double score = steps[at].score;
      bool single = false;
      const auto offer = [&](std::size_t end, double candidate, std::uint32_t id) {
        Step& step = steps[end];
        if (step.begin != kNone && candidate <= step.score) return;
        step = {candidate, static_cast<std::uint32_t>(at), id};
      };
      trie_.prefixes(word, at, [&](std::size_t size, std::uint32_t id) {
        offer(at + size, score + scores_[id], id);
        single = single || size == length;
      });
      if (!single) {
        if (!unknown)
          return fail(ErrorCode::Malformed, "the text has a character without token, and the model no unknown token");
        offer(at + length, score + unknown_score_, *unknown);
      }
      at += length;
    }
    walk_back(word, steps, ids);
    return {};
  }

  std::optional<std::uint32_t> unknown;
  bool byte_fallback = false;

 private:
  struct Step {
    double score = 0;
    std::uint32_t begin = kNone;
    std::uint32_t id = 0;
  };

  void walk_back(std::string_view word, const std::vector<Step>& steps, std::vector<std::uint32_t>& ids) const {
    std::vector<std::uint32_t> reversed;
    for (std::size_t end = word.size(); end > 0;) {
      std::size_t begin = steps[end].begin;
      const std::uint32_t id = steps[end].id;
      if (unknown && id == *unknown) {
        // Unknown characters in a row are one unknown token, or all of their bytes.
        while (begin > 0 && steps[begin].id == *unknown) begin = steps[begin].begin;
        append_unknown(word.substr(begin, end - begin), reversed);
      } else {
        reversed.push_back(id);
      }
      end = begin;
    }
    ids.insert(ids.end(), reversed.rbegin(), reversed.rend());
  }

  void append_unknown(std::string_view text, std::vector<std::uint32_t>& reversed) const {
    if (const auto whole = vocabulary_.find(text)) return reversed.push_back(*whole);
    const auto known = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)].has_value(); };
    if (!byte_fallback || !std::ranges::all_of(text, known)) return reversed.push_back(*unknown);
    for (auto byte = text.rbegin(); byte != text.rend(); ++byte) {
      reversed.push_back(*bytes_[static_cast<unsigned char>(*byte)]);
    }
  }

  const Vocabulary& vocabulary_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
  PrefixTrie trie_;
  std::array<std::optional<std::uint32_t>, 256> bytes_;
};

}  // namespace

Result<std::unique_ptr<TokenModel>> read_unigram(Fields& fields, const std::vector<double>& scores,
                                                 const Vocabulary& vocabulary) {
  if (scores.empty() || scores.size() != vocabulary.size())
    return fields.malformed("the vocabulary is no list of scores");
  if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) {
    return fields.malformed("a score is no finite number");
  }
  auto model = std::make_unique<Unigram>(vocabulary, scores);
  constexpr auto kAbsent = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t unknown = fields.number("unk_id", kAbsent);
  if (unknown != kAbsent) {
    if (unknown >= vocabulary.size()) return fields.malformed("unk_id is not in the vocabulary");
    model->unknown = static_cast<std::uint32_t>(unknown);
  }
  model->byte_fallback = fields.flag("byte_fallback", false);
  PTETOOL_CHECK(model->fill());
  return model;
}

}  // namespace ptetool::llm
