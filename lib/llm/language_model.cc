// Feeding: tokens go in, in pieces as large as the program takes, and rows of logits come out. A program without a
// cache sees the whole sequence every time.
#include "ptetool/llm/language_model.h"

#include <algorithm>
#include <optional>

#include "ops/simd/arrays.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

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

}  // namespace

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
