// Looks ahead only as far as somebody asks: by one item for 'last' and 'nextitem', by all for 'length'.
#include "llm/jinja/loop.h"

#include "llm/jinja/compare.h"

namespace ptetool::llm::jinja {

Result<std::shared_ptr<Loop>> Loop::make(std::vector<Value> items, Condition condition) {
  auto loop = std::shared_ptr<Loop>(new Loop());
  PTETOOL_ASSIGN(loop->depth_, depth_around(items));
  loop->items_ = std::move(items);
  loop->condition_ = std::move(condition);
  return loop;
}

Result<> Loop::look_ahead(std::size_t count) {
  while (ahead_.size() < count && taken_ < items_.size()) {
    const Value& item = items_[taken_++];
    if (condition_) {
      PTETOOL_ASSIGN(const bool passes, condition_(item));
      if (!passes) continue;
    }
    ahead_.push_back(item);
  }
  return {};
}

Result<std::optional<Value>> Loop::advance() {
  PTETOOL_CHECK(look_ahead(1));
  if (ahead_.empty()) return std::nullopt;
  before_ = std::move(current_);
  current_ = std::move(ahead_.front());
  ahead_.pop_front();
  ++index0_;
  return current_;
}

void Loop::end() {
  over_ = true;
  condition_ = nullptr;
  last_seen_.reset();
}

Result<std::int64_t> Loop::length() {
  if (!condition_) return static_cast<std::int64_t>(items_.size());
  PTETOOL_CHECK(look_ahead(items_.size()));
  return index0_ + 1 + static_cast<std::int64_t>(ahead_.size());
}

Result<std::optional<Value>> Loop::attribute(std::string_view name) {
  const auto whole = [](std::int64_t number) { return std::optional<Value>(Value(Value::Storage(number))); };
  const auto flag = [](bool value) { return std::optional<Value>(Value(Value::Storage(value))); };
  if (name == "index") return whole(index0_ + 1);
  if (name == "index0") return whole(index0_);
  if (name == "first") return flag(index0_ == 0);
  // Of loops that call themselves, which there are none of.
  if (name == "depth" || name == "depth0") return whole(name == "depth" ? 1 : 0);
  if (name == "previtem") {
    return before_ ? *before_ : Value::undefined("there is no previous item");
  }
  if (name == "last" || name == "nextitem") {
    PTETOOL_CHECK(look_ahead(1));
    if (name == "last") return flag(ahead_.empty());
    return ahead_.empty() ? Value::undefined("there is no next item") : ahead_.front();
  }
  if (name == "length" || name == "revindex" || name == "revindex0") {
    PTETOOL_ASSIGN(const std::int64_t count, length());
    return whole(name == "length" ? count : name == "revindex" ? count - index0_ : count - index0_ - 1);
  }
  return std::nullopt;
}

Result<bool> Loop::changed(Budget& budget, std::vector<Value> values) {
  bool same = last_seen_ && last_seen_->size() == values.size();
  for (std::size_t i = 0; same && i < values.size(); ++i) {
    PTETOOL_ASSIGN(same, equals(budget, (*last_seen_)[i], values[i]));
  }
  // Kept only while the loop runs: it may be among the values itself.
  if (!over_) last_seen_ = std::move(values);
  return !same;
}

}  // namespace ptetool::llm::jinja
