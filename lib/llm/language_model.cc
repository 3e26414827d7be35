#include "ptetool/llm/language_model.h"

#include <algorithm>
#include <array>

#include "ops/simd/arrays.h"
#include "ptetool/base/text.h"

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

// Writes integers [first, first + count) of a function, and zeros behind them.
template <class Function>
void write_integers(Tensor& tensor, std::size_t count, Function&& value) {
  const auto length = static_cast<std::size_t>(tensor.numel());
  for (std::size_t i = 0; i < length; ++i) {
    const std::int64_t number = i < count ? value(i) : 0;
    if (tensor.dtype == ScalarType::Long) {
      tensor.as<std::int64_t>()[i] = number;
    } else {
      tensor.as<std::int32_t>()[i] = static_cast<std::int32_t>(number);
    }
  }
}

void set_length(Tensor& tensor, std::size_t length) {
  tensor.sizes[tensor.rank() - 1] = static_cast<std::int64_t>(length);
  tensor.strides = strides_of(tensor.sizes.span(), tensor.dim_order.span());
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

Result<> LanguageModel::check(std::span<const TokenId> tokens) const {
  const auto refuse = [&](ErrorCode code, std::string message) {
    return fail(code, model_->program->file->name(), "", std::move(message));
  };
  if (tokens.empty()) return refuse(ErrorCode::Usage, "no tokens are given");
  const auto wrong =
      std::ranges::find_if(tokens, [&](TokenId id) { return id < 0 || static_cast<std::uint64_t>(id) >= vocab_size_; });
  if (wrong != tokens.end()) {
    return refuse(ErrorCode::Usage,
                  "token " + std::to_string(*wrong) + " is outside the vocabulary of " + std::to_string(vocab_size_));
  }
  const std::size_t room = context_ - tokens_.size();
  if (tokens.size() > room) {
    std::string used = tokens_.empty() ? "" : ", " + std::to_string(tokens_.size()) + " of them are taken";
    return refuse(ErrorCode::Limit, counted(tokens.size(), "token") + " given, " + std::to_string(room) +
                                        " fit: the context has " + counted(context_, "position") + used);
  }
  return {};
}

Result<> LanguageModel::execute(std::size_t first, std::size_t count) {
  const bool single = count == 1;
  Method& method = single ? *decode_ : *prefill_;
  Interface& interface = single ? decode_interface_ : prefill_interface_;
  if (!interface.fixed) set_length(interface.tokens.tensor, count);
  write_integers(interface.tokens.tensor, count, [&](std::size_t i) { return tokens_[first + i]; });
  PTETOOL_CHECK(method.set_input(0, interface.tokens));
  if (interface.positions.memory) {
    if (interface.all_positions && method.inputs()[1].expected.dynamic) {
      set_length(interface.positions.tensor, count);
    }
    // Padding has the positions that follow: what is written there is written again before it is read.
    write_integers(interface.positions.tensor, static_cast<std::size_t>(interface.positions.tensor.numel()),
                   [&](std::size_t i) { return static_cast<std::int64_t>(first + i); });
    PTETOOL_CHECK(method.set_input(1, interface.positions));
  }
  PTETOOL_CHECK(method.execute(profile_));
  last_ = &method;
  last_count_ = count;
  return {};
}

Result<> LanguageModel::advance(std::size_t first) {
  if (!cached_) return execute(0, tokens_.size());
  for (std::size_t next = first; next < tokens_.size();) {
    const std::size_t count = std::min(chunk_, tokens_.size() - next);
    PTETOOL_CHECK(execute(next, count));
    next += count;
  }
  return {};
}

Result<std::span<const float>> LanguageModel::row(std::size_t index) {
  const auto* logits = std::get_if<Tensor>(&last_->output(0));
  const auto broken = [&](std::string message) {
    return fail(ErrorCode::Mismatch, model_->program->file->name(), "output 0", std::move(message));
  };
  if (!logits || !logits->data) return broken("is no tensor with memory");
  const auto rows = static_cast<std::size_t>(logits->numel()) / vocab_size_;
  if (static_cast<std::size_t>(logits->sizes[logits->rank() - 1]) != vocab_size_ || !logits->contiguous() ||
      (rows != 1 && rows < last_count_)) {
    return broken("has the shape " + shape_text(logits->sizes.span()) + " after " + counted(last_count_, "token"));
  }
  const std::size_t start = rows == 1 ? 0 : index * vocab_size_;
  if (logits->dtype == ScalarType::Float) return std::span(logits->as<float>() + start, vocab_size_);
  converted_.resize(vocab_size_);
  const auto count = static_cast<std::int64_t>(vocab_size_);
  const auto* bits = logits->as<std::uint16_t>() + start;
  if (logits->dtype == ScalarType::Half) {
    ops::simd::half_to_float(bits, converted_.data(), count);
  } else {
    ops::simd::bfloat16_to_float(bits, converted_.data(), count);
  }
  return std::span<const float>(converted_);
}

Result<std::span<const float>> LanguageModel::feed(std::span<const TokenId> tokens) {
  PTETOOL_CHECK(check(tokens));
  const std::size_t first = tokens_.size();
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  if (auto done = advance(first); !done) {
    tokens_.resize(first);
    return forward_error(std::move(done));
  }
  return row(last_count_ - 1);
}

Result<> LanguageModel::feed_each(std::span<const TokenId> tokens, const Visitor& visit) {
  PTETOOL_CHECK(check(tokens));
  const std::size_t step = tells_all_ ? (cached_ ? chunk_ : tokens.size()) : 1;
  for (std::size_t done = 0; done < tokens.size();) {
    const auto piece = tokens.subspan(done, std::min(step, tokens.size() - done));
    PTETOOL_ASSIGN([[maybe_unused]] const auto last, feed(piece));
    for (std::size_t i = 0; i < piece.size(); ++i) {
      PTETOOL_ASSIGN(const auto logits, row(last_count_ - piece.size() + i));
      PTETOOL_CHECK(visit(done + i, logits));
    }
    done += piece.size();
  }
  return {};
}

Result<> LanguageModel::rewind(std::size_t position) {
  if (position >= tokens_.size()) return {};
  if (!can_rewind()) {
    return fail(ErrorCode::Unsupported, model_->program->file->name(), "",
                "the program counts positions by itself and cannot go back from " + std::to_string(tokens_.size()) +
                    " to " + std::to_string(position) + ": it has to be loaded again");
  }
  tokens_.resize(position);
  return {};
}

}  // namespace ptetool::llm
