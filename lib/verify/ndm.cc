// NDM: the named data of programs (format-facts 1.8).
#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// Bytes that comparing entries of one key may read, so that overlapping segments cannot make it quadratic.
std::uint64_t comparison_budget(const File& file) { return 2 * file.size() + (std::uint64_t{1} << 20); }

enum class Repeat { SameBytes, OtherBytes, Unknown };

void program_keys(const pte::Program& program, Context& context, Repeat wanted) {
  std::uint64_t budget = comparison_budget(*program.file);
  each_repeated_key(program.named_data, [&](std::size_t first, std::size_t again) {
    const pte::NamedData& entry = program.named_data[again];
    Repeat repeat = Repeat::Unknown;
    if (entry.segment_index == program.named_data[first].segment_index) {
      repeat = Repeat::SameBytes;
    } else {
      const auto a = program.segment_bytes(program.named_data[first].segment_index);
      const auto b = program.segment_bytes(entry.segment_index);
      if (a && b && a->size() <= budget) {
        budget -= a->size();
        repeat = as_text(*a) == as_text(*b) ? Repeat::SameBytes : Repeat::OtherBytes;
      }
    }
    if (repeat != wanted) return;
    context.report(indexed("named_data", again), entry.offset,
                   quoted(entry.key) + " is there already, with " +
                       (repeat == Repeat::SameBytes ? "the same bytes" : "other bytes"));
  });
}
void program_keys_consistent(const pte::Program& program, Context& context) {
  program_keys(program, context, Repeat::OtherBytes);
}
void program_keys_unique(const pte::Program& program, Context& context) {
  program_keys(program, context, Repeat::SameBytes);
}

void program_keys_present(const pte::Program& program, Context& context) {
  for (std::size_t i = 0; i < program.named_data.size(); ++i) {
    const pte::NamedData& entry = program.named_data[i];
    if (entry.key.empty()) context.report(indexed("named_data", i) + ".key", entry.offset, "is absent or empty");
  }
}

void program_segments_exist(const pte::Program& program, Context& context) {
  for (std::size_t i = 0; i < program.named_data.size(); ++i) {
    const pte::NamedData& entry = program.named_data[i];
    if (entry.segment_index < program.segments.size()) continue;
    context.report(indexed("named_data", i) + ".segment_index", entry.offset,
                   "is " + std::to_string(entry.segment_index) + ", the program has " +
                       counted(program.segments.size(), "segment"));
  }
}

constexpr Rule kRules[] = {
    {{.id = "NDM001",
      .title = "a key of a program stands for one thing",
      .cause = "programs put together by a tool that does not compare keys",
      .effect = "ExecuTorch takes the first entry of the key: whoever meant the other reads wrong data",
      .cure = "rename one of the keys, or export again"},
     program_keys_consistent},
    {{.id = "NDM002",
      .severity = Severity::Warning,
      .title = "a key of a program is there once",
      .cause = "programs put together by a tool that does not compare keys",
      .effect = "none: ExecuTorch takes the first entry",
      .cure = "drop the repeated entry"},
     program_keys_unique},
    {{.id = "NDM003",
      .title = "named data of a program have keys",
      .cause = "a damaged or hand-made program",
      .effect = "ExecuTorch does not check this and compares with a null pointer",
      .cure = "export the program again"},
     program_keys_present},
    {{.id = "NDM004",
      .guards_execution = true,
      .title = "named data of a program are in segments that exist",
      .cause = "a damaged program, or a tool that renumbered segments",
      .effect = "ExecuTorch fails with InvalidArgument or reads foreign memory when the key is asked for",
      .cure = "export the program again"},
     program_segments_exist},
};

}  // namespace

std::span<const Rule> ndm_rules() { return kRules; }

}  // namespace ptetool::verify
