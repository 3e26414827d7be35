// A program that continues a sequence of token ids (format-facts 8): what it says about itself, how tokens are fed to
// it, and the logits that come out. What is read and how it is fed: docs/llm.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/llm/tokenizer.h"
#include "ptetool/runtime/method.h"

namespace ptetool::llm {

// What the constant methods of the program say; absent where there is no such method.
struct ModelFacts {
  std::optional<std::int64_t> max_seq_len;      // longest piece of a prompt in one execution
  std::optional<std::int64_t> max_context_len;  // most positions
  std::optional<std::int64_t> vocab_size;
  std::optional<std::int64_t> bos_id;
  std::vector<TokenId> eos_ids;
  std::optional<bool> use_kv_cache;
  std::optional<bool> enable_dynamic_shape;
};
ModelFacts read_facts(const pte::Program& program);

// Tokens go in, logits come out, the sequence so far is remembered: by the program, where it has a KV cache, else here.
// One call at a time.
class LanguageModel {
 public:
  // Loads the method that takes tokens: the one of the options, "forward", a pair of methods for prompts and for single
  // tokens ("prefill" and "decode" …), or the only one. Backends must outlive the model. Errors: those of Method::load;
  // Usage where the method is none of a language model.
  static Result<std::unique_ptr<LanguageModel>> load(std::shared_ptr<const Model> model, const LoadOptions& options,
                                                     std::span<DelegateBackend* const> backends);

  const ModelFacts& facts() const { return facts_; }
  const Model& model() const { return *model_; }
  // The method that single tokens are fed to, and all of them.
  const Method& method() const { return *decode_; }
  std::vector<std::shared_ptr<const Method>> methods() const;

  std::size_t vocab_size() const { return vocab_size_; }  // of a row of logits
  std::size_t context() const { return context_; }        // most tokens that may ever be fed
  std::size_t chunk() const { return chunk_; }            // most tokens of one execution
  bool has_cache() const { return cached_; }
  // Does one execution tell the logits after each of its tokens? Otherwise only those after the last one.
  bool tells_all() const { return tells_all_; }

  // The tokens fed since the last reset(); their count is the position of the next one.
  std::span<const TokenId> tokens() const { return tokens_; }

  // Feeds tokens and gives the logits after the last one: a view that lasts until the next call. Errors: Usage (none
  // are given, an id outside the vocabulary), Limit (more than the context holds), those of Method::execute. After an
  // error the position is that before the call.
  Result<std::span<const float>> feed(std::span<const TokenId> tokens);

  // Feeds tokens, and shows the logits after each one of them; token by token where the program does not tell more.
  using Visitor = std::function<Result<>(std::size_t index, std::span<const float> logits)>;
  Result<> feed_each(std::span<const TokenId> tokens, const Visitor& visit);

  // Goes back to an earlier position: what was fed after it is forgotten. For programs whose state is a cache that is
  // written by position, as that of all attention is. Errors: Unsupported, where the program cannot.
  Result<> rewind(std::size_t position);
  // A program that has a cache but is told no position counts by itself, and cannot be told to go back.
  bool can_rewind() const { return !cached_ || decode_interface_.positions.memory != nullptr; }
  Result<> reset() { return rewind(0); }

  // Executions from now on are recorded there; null: no longer.
  void record(Profile* profile) { profile_ = profile; }

 private:
  // What of a method is for tokens.
  struct Interface {
    OwnedTensor tokens, positions;  // reused by every execution; positions without memory: the method takes none
    std::int64_t most_tokens = 0;   // of one execution
    bool fixed = false;             // exactly as many, padded where there are fewer
    bool all_positions = false;     // one position per token, not only the first one
  };

  LanguageModel() = default;
  static Result<Interface> interface_of(const Method& method);
  Result<> check(std::span<const TokenId> tokens) const;
  // Executes once with the tokens [first, first + count) of the sequence.
  Result<> execute(std::size_t first, std::size_t count);
  // Feeds [first, end of tokens_) in as few executions as possible.
  Result<> advance(std::size_t first);
  // The logits after token `index` of the last execution.
  Result<std::span<const float>> row(std::size_t index);

  std::shared_ptr<const Model> model_;
  ModelFacts facts_;
  std::shared_ptr<Method> decode_, prefill_;  // the same method, or two
  Interface decode_interface_, prefill_interface_;
  std::size_t vocab_size_ = 0, context_ = 0, chunk_ = 0;
  bool cached_ = false, tells_all_ = false;
  std::vector<TokenId> tokens_;
  const Method* last_ = nullptr;  // the method of the last execution
  std::size_t last_count_ = 0;    // tokens that it was given
  std::vector<float> converted_;  // a row of another type than float
  Profile* profile_ = nullptr;
};

}  // namespace ptetool::llm
