// A text ends where a stop word is complete, whatever pieces it comes in, and nothing of the word is shown.
#include "ptetool/llm/stop_texts.h"

#include <doctest/doctest.h>

namespace {

using ptetool::llm::StopTexts;

struct Heard {
  std::string text;
  bool found;
};

Heard listen(const std::vector<std::string>& words, std::string_view text, std::size_t piece) {
  StopTexts stops(words);
  Heard heard{"", false};
  for (std::size_t i = 0; i < text.size() && !stops.found(); i += piece)
    heard.text += stops.push(text.substr(i, piece));
  heard.found = stops.found();
  heard.text += stops.finish();
  return heard;
}

TEST_CASE("stop words end a text in whatever pieces it comes") {
  struct Row {
    std::vector<std::string> words;
    const char* text;
    const char* shown;
    bool found;
  };
  const Row rows[] = {
      {{}, "all of it", "all of it", false},
      {{"\n\n"}, "one\ntwo\n\nthree", "one\ntwo", true},
      {{"User:"}, "Use the User: no", "Use the ", true},
      {{"User:"}, "ends with User", "ends with User", false},
      {{"abab"}, "aababab", "a", true},
      {{"xabz", "ab"}, "xabz", "x", true},  // "ab" is complete first
      {{"bc", "abc"}, "xabcx", "x", true},  // both at once: the longer one
      {{"late", "early"}, "early late", "", true},
      {{"é"}, "caf\xc3\xa8 caf\xc3\xa9", "caf\xc3\xa8 caf", true},
      {{""}, "text", "text", false},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece < 12; ++piece) {
      CAPTURE(row.text);
      CAPTURE(piece);
      const Heard heard = listen(row.words, row.text, piece);
      CHECK(heard.text == row.shown);
      CHECK(heard.found == row.found);
    }
  }
}

TEST_CASE("only what may be the beginning of a stop word is held back") {
  StopTexts stops({"</end>"});
  CHECK(stops.push("hello <") == "hello ");
  CHECK(stops.push("b> </en") == "<b> ");
  CHECK(stops.push("d>more").empty());
  CHECK(stops.found());
  CHECK(stops.push("again").empty());
  CHECK(stops.finish().empty());
}

}  // namespace
