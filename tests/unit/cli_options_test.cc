// The option table and its parser, and MODEL@DATA.
#include <doctest/doctest.h>

#include <set>

#include "commands.h"
#include "models.h"
#include "options.h"

namespace {

using namespace ptetool;
using namespace ptetool::cli;

Options parse(std::vector<std::string> arguments) {
  auto options = parse_command_line(std::move(arguments));
  REQUIRE_MESSAGE(options, (options ? "" : options.error().message));
  return std::move(*options);
}

std::string refusal(std::vector<std::string> arguments) {
  const auto options = parse_command_line(std::move(arguments));
  REQUIRE(!options);
  CHECK(options.error().code == ErrorCode::Usage);
  return options.error().message;
}

TEST_CASE("options are found under the names of their rows") {
  const Options options = parse({"run", "a.pte", "--data=x.ptd", "-d", "y.ptd", "b.pte", "--seed", "7", "--max-memory",
                                 "2MiB", "--no-checksums", "-b", "portable", "--input", "-1"});
  CHECK(options.command == find_command("run"));
  CHECK(options.arguments() == std::vector<std::string>{"a.pte", "b.pte"});
  CHECK(options.list("data") == std::vector<std::string>{"x.ptd", "y.ptd"});
  CHECK(options.number("seed") == 7);
  CHECK(options.number("max-memory") == 2u << 20);
  CHECK(options.yes_no("checksums") == false);
  CHECK(options.text("backend") == "portable");
  CHECK(options.list("input") == std::vector<std::string>{"-1"});
}

TEST_CASE("what is not given is the row's fallback") {
  const Options options = parse({"run", "a.pte"});
  CHECK(options.text("backend") == "auto");
  CHECK(options.number("iterations") == 1);
  CHECK(!options.number("threads"));
  CHECK(!options.given("backend"));
  CHECK(!options.yes_no("checksums"));
  CHECK(!options.on("json"));
  CHECK(options.list("data").empty());
}

TEST_CASE("global options stand before and after the command, the last value counts") {
  CHECK(parse({"--json", "inspect", "a"}).on("json"));
  CHECK(parse({"inspect", "a", "--json"}).on("json"));
  CHECK(parse({"inspect", "a", "--color", "always", "--color=never"}).text("color") == "never");
}

TEST_CASE("lists of choices are split") {
  CHECK(parse({"inspect", "a", "--show", "ops,plan", "-s", "bytes"}).list("show") ==
        std::vector<std::string>{"ops", "plan", "bytes"});
  CHECK(parse({"inspect", "a"}).list("show") == std::vector<std::string>{"summary"});
}

TEST_CASE("a dash is an argument, and so is everything behind two") {
  CHECK(parse({"inspect", "-"}).arguments() == std::vector<std::string>{"-"});
  CHECK(parse({"inspect", "--", "--odd.pte"}).arguments() == std::vector<std::string>{"--odd.pte"});
  CHECK(parse({"inspect", "verify"}).arguments() == std::vector<std::string>{"verify"});
}

TEST_CASE("values are checked against their rows") {
  CHECK(refusal({"run", "a", "--seed", "-1"}).starts_with("--seed: '-1' is not a number"));
  CHECK(refusal({"run", "a", "--seed", "99999999999999999999"}).starts_with("--seed:"));
  CHECK(refusal({"run", "a", "--max-memory", "1x"}).starts_with("--max-memory:"));
  CHECK(refusal({"inspect", "a", "--show", "ops,nope"}).starts_with("--show: 'nope' is none of"));
  CHECK(refusal({"inspect", "a", "--nope"}).starts_with("unknown option '--nope'"));
  CHECK(refusal({"inspect", "a", "-z"}).starts_with("unknown option '-z'"));
  CHECK(refusal({"inspect", "a", "--data"}).starts_with("'--data' needs a value; see 'ptetool inspect --help'"));
  CHECK(refusal({"nope"}).starts_with("unknown command 'nope'"));
  CHECK(refusal({}).starts_with("no command given"));
  CHECK(refusal({"inspect"}).starts_with("no FILE given"));
}

TEST_CASE("byte counts") {
  CHECK(parse_bytes("1000") == 1000);
  CHECK(parse_bytes("1k") == 1024);
  CHECK(parse_bytes("64MiB") == 64u << 20);
  CHECK(parse_bytes("2gb") == std::uint64_t{2} << 30);
  CHECK(!parse_bytes(""));
  CHECK(!parse_bytes("k"));
  CHECK(!parse_bytes("1.5g"));
  CHECK(!parse_bytes("1kk"));
  CHECK(!parse_bytes("99999999999t"));
}

TEST_CASE("an option that may stand without a value takes none from what follows it") {
  const auto chat = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    const auto options = parse_command_line(std::move(arguments));
    REQUIRE(options);
    return std::pair(options->given("chat").value_or("not given"), options->arguments());
  };
  using Names = std::vector<std::string>;
  CHECK(chat({"--chat", "m.pte"}) == std::pair<std::string, Names>("auto", {"m.pte"}));
  CHECK(chat({"m.pte", "--chat"}) == std::pair<std::string, Names>("auto", {"m.pte"}));
  CHECK(chat({"--chat=llama3", "m.pte"}) == std::pair<std::string, Names>("llama3", {"m.pte"}));
}

TEST_CASE("real numbers are 0 or more, and finite") {
  const auto real = [](const char* text) -> std::optional<double> {
    const auto options = parse_command_line({"run", "m.pte", "--rtol", text});
    return options ? options->real("rtol") : std::nullopt;
  };
  CHECK(real("1e-3") == 1e-3);
  CHECK(real("0") == 0);
  CHECK(real("12.5") == 12.5);
  for (const char* wrong : {"-1", "inf", "nan", "", "1,5", "1e", "0x10"}) {
    CAPTURE(wrong);
    CHECK(!real(wrong));
  }
}

TEST_CASE("no row hides another") {
  for (const CommandRow& command : commands()) {
    std::set<std::string> seen;
    std::set<char> letters;
    const auto add = [&](std::span<const OptionRow> rows) {
      for (const OptionRow& row : rows) {
        CHECK_MESSAGE(seen.insert(std::string(row.name)).second, command.name, " --", row.name);
        if (row.letter) CHECK_MESSAGE(letters.insert(row.letter).second, command.name, " -", row.letter);
        CHECK_MESSAGE(!row.help.ends_with("."), row.name);
        const bool valued = row.takes != Takes::Nothing;
        CHECK_MESSAGE(valued == !row.argument.empty(), row.name);
      }
    };
    add(global_options());
    add(command.options);
    CHECK((command.hidden || !command.examples.empty()));
  }
}

TEST_CASE("data is bound to a model with @") {
  const auto split = [](std::string_view text) {
    const auto argument = parse_model_argument(text);
    REQUIRE(argument);
    std::vector<std::string> names = {argument->model};
    names.insert(names.end(), argument->data.begin(), argument->data.end());
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(split("m.pte") == Names{"m.pte"});
  CHECK(split("m,1.pte") == Names{"m,1.pte"});
  CHECK(split("m.pte@a.ptd") == Names{"m.pte", "a.ptd"});
  CHECK(split("m.pte@a.ptd,b.ptd") == Names{"m.pte", "a.ptd", "b.ptd"});
  CHECK(split("user@@host/m.pte@a@@1.ptd,b,,2.ptd") == Names{"user@host/m.pte", "a@1.ptd", "b,2.ptd"});
  CHECK(split("m.pte@a@b.ptd") == Names{"m.pte", "a@b.ptd"});
  CHECK(split("-@a.ptd") == Names{"-", "a.ptd"});
  CHECK(!parse_model_argument("@a.ptd"));
  CHECK(!parse_model_argument("m.pte@"));
  CHECK(!parse_model_argument("m.pte@a,"));
  CHECK(!parse_model_argument(""));
}

TEST_CASE("data of the line serves every model, behind what is bound") {
  const std::vector<std::string> arguments = {"a.pte@x.ptd", "b.pte"};
  const std::vector<std::string> shared = {"s.ptd"};
  const auto models = parse_model_arguments(arguments, shared);
  REQUIRE(models);
  CHECK((*models)[0].data == std::vector<std::string>{"x.ptd", "s.ptd"});
  CHECK((*models)[1].data == std::vector<std::string>{"s.ptd"});
}

}  // namespace
