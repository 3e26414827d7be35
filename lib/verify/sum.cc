// SUM: keys that are the SHA-256 of their content: do the bytes still have it (format-facts 3.3, 9.1)?
#include <map>
#include <utility>

#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"
#include "verify/rule.h"

namespace ptetool::verify {

namespace {

struct Keyed {
  std::string_view key;
  std::string_view digest;
  ByteView bytes;
  std::string path;
  std::uint64_t offset;
};

using Place = std::pair<const std::uint8_t*, std::size_t>;

// Hashes each place once, if all of them together are within what is left of the call's budget.
void check(const std::vector<Keyed>& keyed, Context& context) {
  std::map<Place, std::string> digests;
  for (const Keyed& each : keyed) digests[{each.bytes.data(), each.bytes.size()}];
  std::uint64_t total = 0;
  for (const auto& [place, digest] : digests) total += place.second;
  FileSummary* summary = context.summary();
  if (total > context.checksum_budget()) {
    if (summary) summary->checksums_skipped += keyed.size();
    return;
  }
  context.checksum_budget() -= total;
  std::uint64_t done = 0;
  for (const Keyed& each : keyed) {
    std::string& digest = digests[{each.bytes.data(), each.bytes.size()}];
    if (digest.empty()) {
      const auto hashed = sha256(each.bytes);
      if (!hashed) {
        if (summary) ++summary->checksums_skipped;
        continue;
      }
      digest = to_hex(*hashed);
      done += each.bytes.size();
      if (context.options().progress) context.options().progress(done, total);
    }
    if (summary) ++summary->checksums_verified;
    if (digest == each.digest) continue;
    context.report(each.path, each.offset,
                   "the " + counted(each.bytes.size(), "byte") + " of " + quoted(each.key) + " have SHA-256 " + digest +
                       ", not the one in the key: they are corrupt");
  }
}

void program_content(const pte::Program& program, Context& context) {
  std::vector<Keyed> keyed;
  for (std::size_t i = 0; i < program.named_data.size(); ++i) {
    const pte::NamedData& entry = program.named_data[i];
    const auto digest = promised_sha256(entry.key);
    const auto bytes = program.segment_bytes(entry.segment_index);
    if (digest && bytes) keyed.push_back({entry.key, *digest, *bytes, indexed("named_data", i), entry.offset});
  }
  check(keyed, context);
}

void data_content(const ptd::DataFile& data, Context& context) {
  std::vector<Keyed> keyed;
  for (std::size_t i = 0; i < data.entries.size(); ++i) {
    const ptd::Entry& entry = data.entries[i];
    const auto digest = promised_sha256(entry.key);
    const auto bytes = data.entry_bytes(entry);
    if (digest && bytes) keyed.push_back({entry.key, *digest, *bytes, indexed("named_data", i), entry.offset});
  }
  check(keyed, context);
}

constexpr Rule kRules[] = {
    {{.id = "SUM001",
      .guards_execution = true,
      .title = "named data of a program have the SHA-256 that their key promises",
      .cause = "bytes damaged in storage or on the way, or a tool that changed weights and kept their keys",
      .effect = "ExecuTorch never compares them: the model computes wrong results",
      .cure = "take the program from its source again"},
     program_content},
    {{.id = "SUM002",
      .guards_execution = true,
      .title = "entries of a data file have the SHA-256 that their key promises",
      .cause = "bytes damaged in storage or on the way, or a tool that changed weights and kept their keys",
      .effect = "ExecuTorch never compares them: the model computes wrong results",
      .cure = "take the data file from its source again"},
     data_content},
};

}  // namespace

std::span<const Rule> sum_rules() { return kRules; }

}  // namespace ptetool::verify
