// PKW: packed weights on disk, ours (format/packed_weights.h) and ExecuTorch's (format-facts 9.3).
#include <algorithm>
#include <set>
#include <utility>

#include "ptetool/base/text.h"
#include "verify/rule.h"

namespace ptetool::verify {

namespace {

bool packed_header(const ReadFailure& failure) { return failure.kind == FileKind::PackedWeights; }

void packed_checksum(const packed::PackedFile& packed, Context& context) {
  FileSummary* summary = context.summary();
  if (packed.weights.size() > context.checksum_budget()) {
    if (summary) ++summary->checksums_skipped;
    return;
  }
  context.checksum_budget() -= packed.weights.size();
  if (summary) ++summary->checksums_verified;
  if (packed.intact()) return;
  context.report("weights", packed::kHeaderBytes,
                 "the " + counted(packed.weights.size(), "byte") + " do not have the checksum in the header");
}

bool cache_index(const ReadFailure& failure) { return failure.kind == FileKind::XnnpackWeightCache; }

void cache_version(const weight_cache::WeightCache& cache, Context& context) {
  if (cache.version == weight_cache::kVersion) return;
  context.report("footer", cache.footer_start + 16,
                 "has version " + std::to_string(cache.version) + ", not " + std::to_string(weight_cache::kVersion));
}

void cache_entries_inside(const weight_cache::WeightCache& cache, Context& context) {
  for (std::size_t i = 0; i < cache.entries.size(); ++i) {
    const weight_cache::Entry& entry = cache.entries[i];
    if (range_within(entry.offset, entry.size, cache.index_start)) continue;
    context.report(indexed("entries", i), entry.index_at,
                   "its " + counted(entry.size, "byte") + " at " + hex(entry.offset) +
                       " do not lie before the index at " + hex(cache.index_start));
  }
}

void cache_entries_apart(const weight_cache::WeightCache& cache, Context& context) {
  std::vector<const weight_cache::Entry*> sorted;
  for (const weight_cache::Entry& entry : cache.entries) {
    if (entry.size != 0 && range_within(entry.offset, entry.size, cache.index_start)) sorted.push_back(&entry);
  }
  std::ranges::stable_sort(sorted, {}, [](const auto* entry) { return entry->offset; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i - 1]->offset + sorted[i - 1]->size <= sorted[i]->offset) continue;
    context.report(indexed("entries", static_cast<std::uint64_t>(sorted[i] - cache.entries.data())),
                   sorted[i]->index_at, "its bytes overlap those of another entry");
  }
}

void cache_entries_once(const weight_cache::WeightCache& cache, Context& context) {
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  for (std::size_t i = 0; i < cache.entries.size(); ++i) {
    const weight_cache::Entry& entry = cache.entries[i];
    if (seen.emplace(entry.name, entry.seed).second) continue;
    context.report(indexed("entries", i), entry.index_at, "repeats the key and packing of an entry before it");
  }
}

constexpr Rule kRules[] = {
    {{.id = "PKW001",
      .title = "a file of the packed cache has a sound header and the size that it states",
      .cause = "an interrupted write, a failure of the machine, a damaged disk, or another version of ptetool",
      .effect = "run passes the file over and packs the weights anew",
      .cure = "none is needed; or remove the file"},
     packed_header},
    {{.id = "PKW002",
      .title = "packed weights have the checksum of their header",
      .cause = "a failure of the machine while the file was written, or a damaged disk",
      .effect = "run passes the file over and packs the weights anew; with --no-checksums it computes wrong results",
      .cure = "remove the file"},
     packed_checksum},
    {{.id = "PKW010",
      .title = "the index of ExecuTorch's packed-weight cache lies between its start and the footer",
      .cause = "an interrupted write or a damaged file",
      .effect = "ExecuTorch ignores the cache and packs again, or reads names from elsewhere in the file",
      .cure = "remove the file; ExecuTorch writes it again"},
     cache_index},
    {{.id = "PKW011",
      .severity = Severity::Warning,
      .title = "ExecuTorch's packed-weight cache has the version that releases read",
      .cause = "another release wrote it",
      .effect = "ExecuTorch ignores the cache and packs again",
      .cure = "remove the file; ExecuTorch writes it again"},
     cache_version},
    {{.id = "PKW012",
      .title = "entries of ExecuTorch's packed-weight cache lie before its index",
      .cause = "a damaged file",
      .effect = "ExecuTorch takes other bytes, or bytes beyond the file, for weights",
      .cure = "remove the file; ExecuTorch writes it again"},
     cache_entries_inside},
    {{.id = "PKW013",
      .title = "entries of ExecuTorch's packed-weight cache have bytes of their own",
      .cause = "two writers at once, or a damaged file",
      .effect = "one of them computes with the other's weights",
      .cure = "remove the file; ExecuTorch writes it again"},
     cache_entries_apart},
    {{.id = "PKW014",
      .severity = Severity::Warning,
      .title = "an entry of ExecuTorch's packed-weight cache is there once",
      .cause = "two writers at once",
      .effect = "one of them is never used",
      .cure = "remove the file; ExecuTorch writes it again"},
     cache_entries_once},
};

}  // namespace

std::span<const Rule> pkw_rules() { return kRules; }

}  // namespace ptetool::verify
