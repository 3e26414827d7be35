// Holds the interpreter of chat templates against transformers' own environment, whose results for snippets.py and for
// the families under testdata/llm/templates are recorded in expected.json there: the text, or that there is an error.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "llm/jinja/template.h"

namespace ptetool::llm::jinja {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Value value_of(const Json& json) {
  if (json.is_null()) return Value(Value::Storage(None{}));
  if (json.is_boolean()) return Value(Value::Storage(json.get<bool>()));
  if (json.is_number_float()) return Value(Value::Storage(json.get<double>()));
  if (json.is_number()) return Value(Value::Storage(json.get<std::int64_t>()));
  if (json.is_string()) return text_value(json.get<std::string>());
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& each : json) items.push_back(value_of(each));
    return list_value(std::move(items));
  }
  std::vector<std::pair<std::string, Value>> entries;
  for (const auto& [name, each] : json.items()) entries.emplace_back(name, value_of(each));
  return dict_value(std::move(entries));
}

class Reference {
 public:
  Reference() : json(Json::parse(read(folder / "expected.json"))) {}

  // What the template gives; "error: …" where it fails.
  std::string render(const std::string& source, const Json& messages, bool open, const Json& more) const {
    const auto parsed = Template::parse(source);
    if (!parsed) return "error: " + parsed.error().line();
    Template::Variables variables{{"messages", value_of(messages)},
                                  {"tools", Value(Value::Storage(None{}))},
                                  {"documents", Value(Value::Storage(None{}))},
                                  {"add_generation_prompt", Value(Value::Storage(open))}};
    for (const Json* each : {&json["special"], &more}) {
      for (const auto& [name, value] : each->items()) variables.emplace_back(name, value_of(value));
    }
    std::tm now{};
    strptime(json["now"].get<std::string>().c_str(), "%Y-%m-%d %H:%M:%S", &now);
    const auto text = parsed->render(std::move(variables), now);
    return text ? *text : "error: " + text.error().line();
  }

  const fs::path folder = fs::path(PTETOOL_SOURCE_DIR) / "testdata/llm/templates";
  const Json json;
};

void compare(const std::string& found, const Json& expected) {
  if (expected.is_object()) {
    CHECK_MESSAGE(found.starts_with("error: "), "gave ", found);
  } else {
    CHECK(found == expected.get<std::string>());
  }
}

}  // namespace

TEST_CASE("snippets of templates give what transformers gives") {
  const Reference reference;
  const Json& messages = reference.json["conversations"][reference.json["messages"].get<std::string>()];
  CHECK(reference.json["snippets"].size() > 800);
  for (const Json& snippet : reference.json["snippets"]) {
    const std::string source = snippet[0].get<std::string>();
    CAPTURE(source);
    compare(reference.render(source, messages, true, reference.json["variables"]), snippet[1]);
  }
}

TEST_CASE("families of chat templates give what transformers gives") {
  const Reference reference;
  std::size_t files = 0;
  for (const auto& family : reference.json["families"].items()) {
    const std::string file = family.key();
    CAPTURE(file);
    ++files;
    const std::string source = read(reference.folder / file);
    for (const Json& each : family.value()) {
      const std::string conversation = each[0].get<std::string>();
      CAPTURE(conversation);
      const Json& messages = reference.json["conversations"][conversation];
      compare(reference.render(source, messages, each[1].get<bool>(), Json::object()), each[2]);
    }
  }
  CHECK(files >= 15);
}

TEST_CASE("templates that never end, or grow without bound, end in an error") {
  const Reference reference;
  for (const char* source : {
           "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
           "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
           "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
           "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
           "{% set ns = namespace(x=[1]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}",
           "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
           "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}"
           "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
           "{% set ns = namespace() %}{% set ns.self = ns %}{{ ns }}",
           "{{ 'a' * 10000000000 }}",
           "{{ [1] * 10000000000 }}",
           "{{ ('a' * 1000000) | replace('', 'b' * 1000000) }}",
           "{{ 'a'.center(10000000000) }}",
           "{{ '%1000000000d' % 1 }}",
           "{{ 'a' | indent(10000000000) }}",
           "{{ range(10000000000) }}",
           "{{ [1] | batch(10000000000, 0) | list }}",
           "{{ [1] | slice(10000000000) | list }}",
           "{{ ('a ' * 10000000) | list }}",
       }) {
    CAPTURE(source);
    const std::string text = reference.render(source, Json::array(), false, Json::object());
    CHECK_MESSAGE(text.starts_with("error: line 1: "), text.substr(0, 100));
  }
  for (const char* piece : {"(", "[", "{'a': ", "-", "not ", "1 if 1 else ", "x.y(", "1 + (", "{{", "a|b("}) {
    std::string source = "{{ ";
    for (int i = 0; i < 100'000; ++i) source += piece;
    CHECK_FALSE(Template::parse(source));
  }
  for (const char* piece : {" + 1", ".a", "[0]", "()", " | upper", " ~ 'x'", " and 1", " is odd", " if 1"}) {
    std::string source = "{{ 1";
    for (int i = 0; i < 100'000; ++i) source += piece;
    CHECK_FALSE(Template::parse(source + " }}"));
  }
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{% if 1 %}";
  CHECK_FALSE(Template::parse(nested));
}

TEST_CASE("what a template keeps after its scope has ended is still there") {
  const Reference reference;
  const auto render = [&](const char* source) {
    return reference.render(source, Json::array(), false, Json::object());
  };
  CHECK(render("{% set ns = namespace() %}{% for i in [1, 2] %}{% macro f() %}{{ i }}{% endmacro %}{% set ns.f = f %}"
               "{% endfor %}{{ ns.f() }}") == "2");
  CHECK(render("{% set ns = namespace() %}{% for i in [1, 2] %}{% set ns.l = loop %}{% endfor %}{{ ns.l.index }}"
               "{{ ns.l.changed(ns.l) }}{{ ns.l.changed(ns.l) }}") == "2TrueTrue");
  CHECK(render("{% set ns = namespace() %}{% for i in [1] %}{% set ns.c = loop.cycle %}{{ loop.changed(loop) }}"
               "{% endfor %}{{ ns.c(5) }}") == "True5");
}

TEST_CASE("an error says in which line it is") {
  const auto error = [](const char* source) {
    const auto parsed = Template::parse(source);
    if (!parsed) return parsed.error().line();
    const auto text = parsed->render({}, std::tm{});
    REQUIRE_FALSE(text);
    return text.error().line();
  };
  CHECK(error("a\n{% if 1 %}\n{{ 1 + }}") == "line 3: unexpected '}}', where an expression should be");
  CHECK(error("a\r\n\r\n{{ x.y.z }}") == "line 3: 'x' is undefined");
  CHECK(error("{% for i in [1] %}\n\n{{ raise_exception('no ' ~ i) }}{% endfor %}") == "line 3: no 1");
  CHECK(error("{% if 1 %}\n\n") == "line 2: the template ends, where the tag 'endif' should be");
  CHECK(error("{{ 9223372036854775807 + 1 }}") == "line 1: a whole number becomes too large");
  CHECK(error("{{ 9223372036854775808 }}") == "line 1: the number is too large");
  CHECK(error("{% include 'x' %}") == "line 1: the tag 'include' is not supported");
  CHECK(error("\n{# {{ x }}") == "line 2: the comment has no end");
}

}  // namespace ptetool::llm::jinja
