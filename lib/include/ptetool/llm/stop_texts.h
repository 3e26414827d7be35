// Ends a text where one of some words is complete, and meanwhile holds back what may be the beginning of one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ptetool::llm {

class StopTexts {
 public:
  // Empty words never end anything.
  explicit StopTexts(std::vector<std::string> words) : words_(std::move(words)) {}

  // The text that is sure to come before a word. What the pieces are makes no difference: the word that is complete
  // first ends the text; of those that are complete at the same place, the longest.
  std::string push(std::string_view piece);
  // Was there a word? What is pushed after it is dropped.
  bool found() const { return found_; }
  // What was held back, at the end of the text.
  std::string finish();

 private:
  std::vector<std::string> words_;
  std::string held_;
  bool found_ = false;
};

}  // namespace ptetool::llm
