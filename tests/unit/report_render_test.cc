// Reports as text and as JSON: alignment, cutting, what is left out, and bytes that no terminal and no parser should
// see.
#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "render/html.h"
#include "render/json.h"
#include "render/text.h"

namespace {

using namespace ptetool;
using namespace ptetool::report;

std::string text(Section root, cli::TextStyle style = {}) {
  return cli::render_text({"test/1", std::move(root)}, style);
}

nlohmann::json json(Section root) { return nlohmann::json::parse(cli::render_json({"test/1", std::move(root)})); }

Section section(std::string title) {
  Section made;
  made.id = "part";
  made.title = std::move(title);
  return made;
}

TEST_CASE("nothing from a file is markup") {
  Section root = section("<b>&\x1b");
  root.tables.push_back({"t", "", {{"a", "a"}, {"n", "n"}}, {{std::string("<script>"), ByteCount{17}}}, 3});
  const std::string page = cli::render_html({"test/1", std::move(root)}, "\"x\" → y");
  CHECK(page.find("<title>&quot;x&quot; → y</title>") != std::string::npos);
  CHECK(page.find("<summary>&lt;b&gt;&amp;\\x1b</summary>") != std::string::npos);
  CHECK(page.find("<tr><td>&lt;script&gt;</td><td class=n>17 B</td></tr>") != std::string::npos);
  CHECK(page.find("… and 3 more") != std::string::npos);
  CHECK(page.find("<script>") == std::string::npos);
}

TEST_CASE("facts are aligned, and those without a label are for scripts") {
  Section root = section("file");
  root.add("size", "size", ByteCount{1536});
  root.add("hidden", "", std::uint64_t{7});
  root.add("long_label", "long label", Offset{64});
  CHECK(text(root) == "file\n  size        1.5 KiB\n  long label  0x40\n");
  CHECK(json(root)["hidden"] == 7);
  CHECK(json(root)["size"] == 1536);
  CHECK(json(root)["schema"] == "test/1");
}

TEST_CASE("times keep their digits, however short") {
  CHECK(cli::cell_text(Milliseconds{0}) == "0.000 ms");
  CHECK(cli::cell_text(Milliseconds{0.00125}) == "1.25 µs");
  CHECK(cli::cell_text(Milliseconds{0.125}) == "0.125 ms");
  CHECK(cli::cell_text(Milliseconds{12.34}) == "12.3 ms");
  CHECK(cli::cell_text(Milliseconds{12345.6}) == "12346 ms");
}

TEST_CASE("numbers lose digits where a table is wider than the terminal, before names are cut short") {
  Section root = section("");
  root.tables.push_back({"t",
                         "",
                         {{"name", "name"}, {"x", "x"}, {"y", "y"}},
                         {{std::string("layers.0.attention.wq.weight"), 0.000968711, 48.8625}},
                         0});
  CHECK(text(root, {.width = 80}) ==
        "name                                    x        y\nlayers.0.attention.wq.weight  0.000968711  48.8625\n");
  CHECK(text(root, {.width = 38}) ==
        "name                        x        y\nlayers.0.attent…  0.000968711  48.8625\n");
  CHECK(text(root, {.width = 32}) == "name                     x     y\nlayers.0.attent…  0.000969  48.9\n");
}

TEST_CASE("details alone make no table until they are asked for") {
  Section root = section("file");
  root.tables.push_back({"rows", "rows", {{"id", "id", true}}, {{std::uint64_t{7}}}, 0});
  CHECK(text(root) == "file\n");
  CHECK(text(root, {.details = true}) == "file\n  rows\n    id\n     7\n");
  CHECK(json(root)["rows"][0]["id"] == 7);
}

TEST_CASE("tables align numbers to the right and leave out columns without content") {
  Section root;
  root.tables.push_back({"rows",
                         "rows",
                         {{"name", "name"}, {"empty", "empty"}, {"size", "size"}, {"more", "more", true}},
                         {{std::string("a"), Absent{}, ByteCount{5}, std::uint64_t{1}},
                          {std::string("bcd"), std::string(), Absent{}, std::uint64_t{2}}},
                         3});
  CHECK(text(root) == "rows\n  name  size\n  a      5 B\n  bcd\n  … and 3 more\n");
  CHECK(text(root, {.details = true}) ==
        "rows\n  name  size  more\n  a      5 B     1\n  bcd            2\n  … and 3 more\n");
  CHECK(json(root)["rows"][1]["empty"] == "");
  CHECK(json(root)["rows"][0]["empty"].is_null());
  CHECK(json(root)["rows_left_off"] == 3);
}

TEST_CASE("tables without column labels stand beside their titles") {
  Section root;
  root.add("a", "a fact", std::string("x"));
  root.tables.push_back({"in", "in", {{"i", ""}, {"t", ""}}, {{std::uint64_t{0}, std::string("long")}}, 0});
  root.tables.push_back({"out", "out", {{"i", ""}, {"t", ""}}, {{std::uint64_t{10}, std::string("s")}}, 0});
  CHECK(text(root) == "a fact  x\nin       0  long\nout     10  s\n");
}

TEST_CASE("sections that are only a title are lines") {
  Section root;
  root.tables.push_back({"files", "", {{"file", ""}}, {{std::string("m.pte")}}, 0});
  for (const char* line : {"error one", "error two"}) {
    Section finding = section(line);
    finding.listed = true;
    finding.add("rule", "", std::string("X"));
    root.sections.push_back(finding);
  }
  CHECK(text(root) == "m.pte\n\nerror one\nerror two\n");
  CHECK(json(root)["part"].size() == 2);
}

TEST_CASE("on a terminal long cells are cut and long facts continue below") {
  Section root;
  root.add("f", "fact", std::string("one two three four"));
  root.tables.push_back(
      {"t", "", {{"n", "n"}, {"i", "i"}}, {{std::string("a name that is too long for this"), std::uint64_t{1}}}, 0});
  CHECK(text(root, {.width = 18}) == "fact  one two\n      three four\n\nn                i\na name that is…  1\n");
}

TEST_CASE("text from files is made safe") {
  Section root = section("a\x1b[31m\n\\n");
  root.add("f", "f", std::string("\xff ok \xc3\xa9"));
  CHECK(text(root) == "a\\x1b[31m\\n\\n\n  f  \\xff ok \xc3\xa9\n");
  CHECK(json(root)["f"] == "\xef\xbf\xbd ok \xc3\xa9");
}

TEST_CASE("numbers that are not finite are texts in JSON") {
  Section root;
  root.add("nan", "nan", std::numeric_limits<double>::quiet_NaN());
  root.add("inf", "inf", -std::numeric_limits<double>::infinity());
  root.add("list", "list", std::vector<std::int64_t>{1, 2});
  CHECK(json(root)["nan"] == "nan");
  CHECK(json(root)["inf"] == "-inf");
  CHECK(json(root)["list"] == nlohmann::json::array({1, 2}));
  CHECK(cli::render_json({"test/1", root}).find("\"list\": [1, 2]") != std::string::npos);
}

TEST_CASE("colour is only what it is asked to be") {
  Section root = section("title");
  root.add("f", "fact", std::string("x"));
  CHECK(text(root, {.colour = true}) == "\x1b[1mtitle\x1b[0m\n  \x1b[2mfact\x1b[0m  x\n");
}

}  // namespace
