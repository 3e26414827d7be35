// Programs of a thousand instructions, edited at random places: diff tells the edits and nothing else.
#include "ptetool/compare/diff.h"
#include "unit/generated_programs.h"

namespace {

using namespace generated;

constexpr std::size_t kBlocks = 170;  // a thousand instructions

struct Told {
  std::size_t inserted = 0, removed = 0, moved = 0, changed = 0, rewired = 0;

  std::size_t all() const { return inserted + removed + moved + changed + rewired; }
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
       : change == "moved"   ? result.moved
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
  CHECK(there.moved == back.moved);
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

TEST_CASE("diff: of neighbours that change places one moved") {
  Random random(3);
  const Network base = Network::of_blocks(kBlocks, true);
  for (int round = 0; round < 10; ++round) {
    Network edited = base;
    std::size_t at = random(base.calls.size());
    while (base.calls[at].name != "relu") at = random(base.calls.size());
    std::swap(edited.calls[at].name, edited.calls[at + 1].name);
    CAPTURE(at);
    const Told found = told(base, edited);
    CHECK(found.moved == 1);
    CHECK(found.all() == 1);
  }
}

TEST_CASE("diff: a call that is made earlier or later, with the same operands and users, moved") {
  Random random(5);
  for (int round = 0; round < 10; ++round) {
    // A side branch beside the blocks, taken by the last call.
    Network edited = Network::of_blocks(kBlocks, round % 2 == 0);
    const std::size_t from = 1 + random(edited.calls.size() - 2);
    const int made = edited.add(from, "tanh", {0});
    edited.add(edited.calls.size(), "add", {edited.calls.back().id, made});
    const Network base = edited;
    std::size_t to = from;
    while (to == from) to = random(edited.calls.size() - 1);
    CAPTURE(from);
    CAPTURE(to);
    const Call call = edited.calls[from];
    edited.calls.erase(edited.calls.begin() + static_cast<std::ptrdiff_t>(from));
    edited.calls.insert(edited.calls.begin() + static_cast<std::ptrdiff_t>(to), call);
    const Told found = told(base, edited);
    CHECK(found.moved == 1);
    CHECK(found.all() == 1);
  }
}

TEST_CASE("diff: a block with its own weights that stands elsewhere moved as a whole") {
  Random random(6);
  for (int round = 0; round < 10; ++round) {
    const std::size_t from = random(kBlocks);
    std::size_t to = from;
    while (to + 1 >= from && to <= from + 1) to = random(kBlocks);
    CAPTURE(from);
    CAPTURE(to);
    Network base = Network::of_blocks(0, true);
    Network edited = base;
    std::vector<int> order(kBlocks);
    for (std::size_t b = 0; b < kBlocks; ++b) order[b] = static_cast<int>(3 * b + 1);
    const auto build = [&](Network& network) {
      for (const int weight : order) {
        const int stream = network.calls.empty() ? 0 : network.calls.back().id;
        network.add_block(network.calls.size(), stream, weight);
      }
    };
    build(base);
    const int block = order[from];
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), block);
    build(edited);
    const Told found = told(base, edited);
    CHECK(found.moved == 6);
    CHECK(found.all() == 6);
  }
}

TEST_CASE("diff: a call that went is not the one of its kind in a block that came") {
  Network edited = Network::of_blocks(kBlocks, true);
  const Network base = edited;
  edited.remove(602);  // a relu
  REQUIRE(base.calls[602].name == "relu");
  edited.add_block(300, edited.calls[299].id, edited.last_weight + 1);
  const Told found = told(base, edited);
  CHECK(found.inserted == 6);
  CHECK(found.removed == 1);
  CHECK(found.all() == 7);
}

TEST_CASE("diff: values under other numbers are the same values") {
  Random random(7);
  Network edited = Network::of_blocks(kBlocks, true);
  const Network base = edited;
  const std::size_t calls = insert_block(edited, random, true);
  const Artifact was = program_of(base);
  CHECK(told(difference(was, program_of(base, {}, 0, true))).all() == 0);
  const Told found = told(difference(was, program_of(edited, {}, 0, true)));
  CHECK(found.inserted == calls);
  CHECK(found.all() == calls);
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

TEST_CASE("diff: a weight that another of the same bytes stands in for is merged, which makes no difference") {
  const Network base = Network::of_blocks(kBlocks, true);
  Network edited = base;
  REQUIRE(edited.calls[6].name == "norm");  // all norms are ones
  edited.calls[6].weight = edited.calls[0].weight;
  const Artifact was = program_of(base, "w");
  const Artifact is = program_of(edited, "w");
  for (const bool there : {true, false}) {
    const auto found = there ? difference(was, is) : difference(is, was);
    CHECK(found.equal);
    CHECK(told(found).all() == 0);
    const report::Table& copies = table_of(found, "weights", "copies");
    REQUIRE(copies.rows.size() == 1);
    CHECK(std::get<std::string>(copies.rows[0][0]) == "w4");
    CHECK(std::get<std::string>(copies.rows[0][1]) == (there ? "merged" : "split"));
    CHECK(std::get<std::string>(copies.rows[0][2]) == "w1");
  }
}
