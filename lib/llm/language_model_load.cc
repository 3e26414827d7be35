// Finds out how a program is fed: one method or a pair that shares its cache, token ids with or without positions, one
// row of logits or one for each token (format-facts 8.1, 8.2; docs/llm.md).
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "ptetool/base/text.h"
#include "ptetool/llm/language_model.h"

namespace ptetool::llm {

namespace {

// Methods for prompts and for single tokens that share one KV cache, as exporters name them.
struct MethodPair {
  std::string_view prefill, decode;
};
constexpr auto kPairs = std::to_array<MethodPair>({{"prefill", "decode"}, {"prefill_forward", "kv_forward"}});

// Where the program has no forward method, but a pair.
const MethodPair* find_pair(const pte::Program& program, std::string_view wanted) {
  if (wanted.empty() && program.find_method("forward")) return nullptr;
  for (const MethodPair& pair : kPairs) {
    const bool both = program.find_method(pair.prefill) && program.find_method(pair.decode);
    if (both && (wanted.empty() || wanted == pair.decode || wanted == pair.prefill)) return &pair;
  }
  return nullptr;
}

Failure no_language_model(const Method& method, const std::string& why) {
  return fail(ErrorCode::Usage, method.file(), "",
              "method '" + method.name() + "' is none of a language model: " + why);
}

bool is_integer(ScalarType type) { return type == ScalarType::Long || type == ScalarType::Int; }

// Tensors of ids and positions: [1, n] or [n], the last dimension counts.
std::optional<std::int64_t> length_of(const ValueInfo& info) {
  const Sizes& sizes = info.expected.sizes;
  if (info.expected.kind != InputExpectation::Kind::Tensor || !is_integer(info.expected.dtype)) return std::nullopt;
  if (sizes.empty() || numel(sizes) != sizes[sizes.size() - 1] || numel(sizes) < 1) return std::nullopt;
  return numel(sizes);
}

std::string described(const ValueInfo& info) {
  if (info.expected.kind != InputExpectation::Kind::Tensor) return "a value that is no tensor";
  return dtype_name(info.expected.dtype) + " " + shape_text(info.expected.sizes.span());
}

Result<std::shared_ptr<Method>> load_method(const std::shared_ptr<const Model>& model, LoadOptions options,
                                            std::string_view name, std::span<DelegateBackend* const> backends) {
  options.method = name;
  PTETOOL_ASSIGN(auto method, Method::load(model, options, backends));
  return std::shared_ptr<Method>(std::move(method));
}

}  // namespace

Result<LanguageModel::Interface> LanguageModel::interface_of(const Method& method) {
  const auto inputs = method.inputs();
  if (inputs.empty() || inputs.size() > 2) {
    return no_language_model(
        method, "it takes " + counted(inputs.size(), "input") + ", not token ids and perhaps their positions");
  }
  const auto tokens = length_of(inputs[0]);
  if (!tokens)
    return no_language_model(method, "input 0 is " + described(inputs[0]) + ", not token ids (int64 [1, n])");
  Interface result;
  result.most_tokens = *tokens;
  result.fixed = !inputs[0].expected.dynamic;
  PTETOOL_ASSIGN(result.tokens, allocate_tensor(inputs[0].expected.dtype, inputs[0].expected.sizes.span()));
  if (inputs.size() == 2) {
    const auto positions = length_of(inputs[1]);
    if (!positions) {
      return no_language_model(method, "input 1 is " + described(inputs[1]) + ", not positions (int64 [1] or [n])");
    }
    result.all_positions = *positions > 1;
    PTETOOL_ASSIGN(result.positions, allocate_tensor(inputs[1].expected.dtype, inputs[1].expected.sizes.span()));
  }
  const auto outputs = method.outputs();
  const auto is_logits = [](const ValueInfo& info) {
    const Sizes& sizes = info.expected.sizes;
    const ScalarType type = info.expected.dtype;
    return info.expected.kind == InputExpectation::Kind::Tensor && sizes.size() >= 1 && sizes.size() <= 3 &&
           (type == ScalarType::Float || type == ScalarType::Half || type == ScalarType::BFloat16) &&
           sizes[sizes.size() - 1] > 0 && (sizes.size() == 1 || sizes[0] == 1);
  };
  if (outputs.empty() || !is_logits(outputs[0])) {
    return no_language_model(
        method, outputs.empty() ? "it has no outputs"
                                : "output 0 is " + described(outputs[0]) + ", not logits (float [1, V] or [1, n, V])");
  }
  return result;
}

Result<std::unique_ptr<LanguageModel>> LanguageModel::load(std::shared_ptr<const Model> model,
                                                           const LoadOptions& options,
                                                           std::span<DelegateBackend* const> backends) {
  auto result = std::unique_ptr<LanguageModel>(new LanguageModel());
  LanguageModel& self = *result;
  self.model_ = model;
  self.facts_ = read_facts(*model->program);
  if (const MethodPair* pair = find_pair(*model->program, options.method)) {
    PTETOOL_ASSIGN(self.prefill_, load_method(model, options, pair->prefill, backends));
    LoadOptions second = options;
    second.share_state_with = self.prefill_.get();
    PTETOOL_ASSIGN(self.decode_, load_method(model, second, pair->decode, backends));
  } else {
    PTETOOL_ASSIGN(self.decode_, load_method(model, options, options.method, backends));
    self.prefill_ = self.decode_;
  }
  PTETOOL_ASSIGN(self.decode_interface_, interface_of(*self.decode_));
  PTETOOL_ASSIGN(self.prefill_interface_, interface_of(*self.prefill_));
  const Interface& prefill = self.prefill_interface_;
  const Sizes& logits = self.prefill_->outputs()[0].expected.sizes;
  self.vocab_size_ = static_cast<std::size_t>(logits[logits.size() - 1]);
  self.tells_all_ = numel(logits) > logits[logits.size() - 1] || prefill.most_tokens == 1;
  self.cached_ = prefill.positions.memory != nullptr || self.facts_.use_kv_cache.value_or(false);
  const std::int64_t longest = std::max<std::int64_t>(self.facts_.max_seq_len.value_or(prefill.most_tokens), 1);
  self.chunk_ = static_cast<std::size_t>(std::min(prefill.most_tokens, longest));
  // Without a cache the whole sequence goes in every time.
  const std::int64_t context =
      self.facts_.max_context_len.value_or(self.facts_.max_seq_len.value_or(prefill.most_tokens));
  self.context_ = static_cast<std::size_t>(std::max<std::int64_t>(context, 1));
  if (!self.cached_) self.context_ = std::min(self.context_, self.chunk_);
  if (prefill.fixed && prefill.most_tokens > 1 && !self.tells_all_) {
    return no_language_model(*self.prefill_, "it takes exactly " + counted(self.chunk_, "token") +
                                                 " and tells only the logits after the last one");
  }
  return result;
}

std::vector<std::shared_ptr<const Method>> LanguageModel::methods() const {
  if (prefill_ == decode_) return {decode_};
  return {prefill_, decode_};
}

}  // namespace ptetool::llm
