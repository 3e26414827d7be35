// What 'loop' is inside of a loop: the items, which one is at hand, and what has been asked of them. With a condition
// items are looked at one by one, as late as possible: the body of the loop may change what the condition sees.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "llm/jinja/value.h"

namespace ptetool::llm::jinja {

class Loop {
 public:
  using Condition = std::function<Result<bool>(const Value& item)>;
  // `condition` may be empty. Errors: Limit (values nested too deeply).
  static Result<std::shared_ptr<Loop>> make(std::vector<Value> items, Condition condition);

  // The next item, which becomes the current one; nullopt at the end.
  Result<std::optional<Value>> advance();
  // The loop is over; the value may live on.
  void end();

  // loop.index and so on; nullopt for an unknown name. Functions (cycle, changed) are no attributes here.
  Result<std::optional<Value>> attribute(std::string_view name);
  Result<bool> changed(Budget& budget, std::vector<Value> values);
  std::int64_t index0() const { return index0_; }

  // Of the values inside.
  std::size_t depth() const { return depth_; }

 private:
  Loop() = default;
  // Makes sure that at least `count` items behind the current one are known, if there are so many.
  Result<> look_ahead(std::size_t count);
  Result<std::int64_t> length();

  std::vector<Value> items_;  // [0, taken_) were looked at
  std::deque<Value> ahead_;   // those of them that pass and are still to come
  std::size_t taken_ = 0;
  Condition condition_;
  std::size_t depth_ = 0;
  std::int64_t index0_ = -1;
  std::optional<Value> current_, before_;
  std::optional<std::vector<Value>> last_seen_;  // by changed()
  bool over_ = false;
};

}  // namespace ptetool::llm::jinja
