// Programs of a thousand instructions, edited at random places: diff tells the edits and nothing else.
#include "ptetool/compare/diff.h"
#include "unit/generated_programs.h"

namespace {

using namespace generated;

constexpr std::size_t kBlocks = 170;  // a thousand instructions

struct Told {
  std::size_t inserted = 0, removed = 0, changed = 0, rewired = 0;

  std::size_t all() const { return inserted + removed + changed + rewired; }
};

const report::Table& table_of(const compare::Difference& found, std::string_view part, std::string_view table) {
  const auto section = std::ranges::find(found.report.root.sections, part, &report::Section::id);
  REQUIRE(section != found.report.root.sections.end());
  return *std::ranges::find(section->tables, table, &report::Table::id);
}

compare::Difference difference(const Artifact& was, const Artifact& is) {
  auto found = compare::diff({was, {}}, {is, {}}, {});
  REQUIRE(found);
  CHECK(found->problems.empty());
  return std::move(*found);
}

Told told(const compare::Difference& found) {
  Told result;
  for (const auto& row : table_of(found, "graph", "changes").rows) {
    const std::string& change = std::get<std::string>(row[1]);
    ++(change == "inserted"  ? result.inserted
       : change == "removed" ? result.removed
       : change == "changed" ? result.changed
                             : result.rewired);
  }
  return result;
}

// There and back.
Told told(const Network& was, const Network& is) {
  const Artifact one = program_of(was);
  const Artifact other = program_of(is);
  const Told there = told(difference(one, other));
  const Told back = told(difference(other, one));
  CHECK(there.inserted == back.removed);
  CHECK(there.removed == back.inserted);
  CHECK(there.changed == back.changed);
  CHECK(there.rewired == back.rewired);
  return there;
}

// Whatever takes `id` takes a call of one operand put in between.
void insert_call(Network& network, std::size_t at, const std::string& name) {
  const int stream = network.calls[at].id;
  const int made = network.add(at + 1, name, {stream});
  network.reroute(at + 2, stream, made);
}

// Behind a block's sum.
std::size_t insert_block(Network& network, Random& random, bool own) {
  std::size_t at = random(network.calls.size());
  while (network.calls[at].name != "add") at = random(network.calls.size());
  const int weight = own ? network.last_weight + 1 : 1;
  if (own) network.last_weight += 3;
  return network.add_block(at + 1, network.calls[at].id, weight);
}

}  // namespace

TEST_CASE("diff: one call inserted anywhere is one difference") {
  Random random(1);
  for (const bool own : {true, false}) {
    const Network base = Network::of_blocks(kBlocks, own);
    for (const std::string name : {"relu", "transpose", "tanh"}) {
      for (int round = 0; round < 5; ++round) {
        Network edited = base;
        const std::size_t at = random(base.calls.size());
        CAPTURE(own);
        CAPTURE(name);
        CAPTURE(at);
        insert_call(edited, at, name);
        const Told found = told(base, edited);
        CHECK(found.inserted == 1);
        CHECK(found.all() == 1);
      }
    }
  }
}

TEST_CASE("diff: blocks inserted among blocks like them are inserted, and nothing is rewired") {
  for (const bool own : {true, false}) {
    for (std::size_t blocks = 1; blocks <= 8; ++blocks) {
      CAPTURE(own);
      CAPTURE(blocks);
      Random random(static_cast<std::uint32_t>(blocks));
      Network edited = Network::of_blocks(kBlocks, own);
      const Network base = edited;
      std::size_t calls = 0;
      for (std::size_t b = 0; b < blocks; ++b) calls += insert_block(edited, random, own);
      const Told found = told(base, edited);
      CHECK(found.inserted == calls);
      CHECK(found.all() == calls);
    }
  }
}

TEST_CASE("diff: neighbours that change places are one inserted and one removed") {
  Random random(3);
  const Network base = Network::of_blocks(kBlocks, true);
  for (int round = 0; round < 10; ++round) {
    Network edited = base;
    std::size_t at = random(base.calls.size());
    while (base.calls[at].name != "relu") at = random(base.calls.size());
    std::swap(edited.calls[at].name, edited.calls[at + 1].name);
    CAPTURE(at);
    const Told found = told(base, edited);
    CHECK(found.inserted == 1);
    CHECK(found.removed == 1);
    CHECK(found.all() == 2);
  }
}

TEST_CASE("diff: of many edits no more is told than was done") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const bool own = random(2) == 0;
    Network edited = Network::of_blocks(kBlocks, own);
    const Network base = edited;
    std::size_t done = 0;
    const std::size_t edits = 1 + random(12);
    for (std::size_t e = 0; e < edits; ++e) {
      std::size_t at = random(edited.calls.size());
      switch (random(4)) {
        case 0:
          insert_call(edited, at, random(2) == 0 ? "relu" : "tanh");
          ++done;
          break;
        case 1: done += insert_block(edited, random, own); break;
        case 2:
          while (edited.calls[at].takes.size() != 1) at = random(edited.calls.size());
          edited.remove(at);
          ++done;
          break;
        default:
          while (edited.calls[at].name != "relu" || edited.calls[at + 1].name != "transpose" ||
                 edited.calls[at + 1].takes.front() != edited.calls[at].id) {
            at = random(edited.calls.size() - 1);
          }
          std::swap(edited.calls[at].name, edited.calls[at + 1].name);
          done += 2;
      }
    }
    const Told found = told(base, edited);
    CHECK(found.all() <= done);
    CHECK(found.rewired + found.changed == 0);
    CHECK(base.calls.size() + found.inserted == edited.calls.size() + found.removed);
  }
}

TEST_CASE("diff: weights under other names are renamed, and nothing else") {
  const Network network = Network::of_blocks(kBlocks, true);
  const auto found = difference(program_of(network, "model.w"), program_of(network, "w"));
  CHECK(told(found).all() == 0);
  CHECK(table_of(found, "weights", "renamed").rows.size() == 3 * kBlocks);
  for (const char* table : {"changed", "added", "removed", "moved"})
    CHECK(table_of(found, "weights", table).rows.empty());
}

TEST_CASE("diff: the one weight that changed is named with its errors") {
  const Network network = Network::of_blocks(kBlocks, true);
  const auto found = difference(program_of(network, "w"), program_of(network, "w", 200));
  CHECK(told(found).all() == 0);
  const report::Table& changed = table_of(found, "weights", "changed");
  REQUIRE(changed.rows.size() == 1);
  CHECK(std::get<std::string>(changed.rows[0][0]) == "w200");
  CHECK(std::get<double>(changed.rows[0][4]) == 1);
  CHECK(std::get<double>(changed.rows[0][5]) == doctest::Approx(1.0 / 16));
  CHECK(std::get<std::uint64_t>(changed.rows[0][9]) == 1);
  for (const char* table : {"renamed", "added", "removed", "moved"})
    CHECK(table_of(found, "weights", table).rows.empty());
}
