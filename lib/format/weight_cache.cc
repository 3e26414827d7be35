// The footer tells where the index begins; its entries {name, offset, size, seed} must end exactly where the footer
// begins (format-facts 9.3).
#include "ptetool/format/weight_cache.h"

#include "ptetool/base/text.h"

namespace ptetool::weight_cache {

namespace {

// {u64 index_start, u32 count, u32 magic, u32 version}
constexpr std::uint64_t kFooterBytes = 20;
constexpr std::uint32_t kMagic = 0x58505743;
// An entry without its name: {u32 name_size, u64 offset, u64 size, u32 seed}.
constexpr std::uint64_t kFixedBytes = 24;

}  // namespace

bool has_weight_cache_footer(ByteView bytes) {
  if (bytes.size() < kFooterBytes) return false;
  const std::uint64_t footer = bytes.size() - kFooterBytes;
  if (load<std::uint32_t>(bytes, footer + 12) != kMagic) return false;
  const auto index_start = load<std::uint64_t>(bytes, footer);
  const auto count = load<std::uint32_t>(bytes, footer + 8);
  return index_start && count && *index_start <= footer && *count <= (footer - *index_start) / kFixedBytes;
}

Result<WeightCache> read_weight_cache(std::shared_ptr<const File> file) {
  const ByteView bytes = file->bytes();
  if (!has_weight_cache_footer(bytes)) {
    return fail(ErrorCode::Malformed, file->name(), "footer", "is not that of a packed-weight cache");
  }
  WeightCache cache;
  cache.file = file;
  cache.footer_start = bytes.size() - kFooterBytes;
  cache.index_start = load<std::uint64_t>(bytes, cache.footer_start).value_or(0);
  cache.version = load<std::uint32_t>(bytes, cache.footer_start + 16).value_or(0);
  const std::uint32_t count = load<std::uint32_t>(bytes, cache.footer_start + 8).value_or(0);
  const ByteView index = bytes.first(static_cast<std::size_t>(cache.footer_start));
  std::uint64_t at = cache.index_start;
  cache.entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry entry;
    entry.index_at = at;
    const auto size = load<std::uint32_t>(index, at);
    const auto name = size ? subview(index, at + 4, *size) : std::nullopt;
    const std::uint64_t rest = name ? at + 4 + name->size() : 0;
    const auto seed = name ? load<std::uint32_t>(index, rest + 16) : std::nullopt;
    if (!seed) {
      return fail(ErrorCode::Malformed, file->name(), indexed("entries", i), "leaves the index", at);
    }
    entry.name = as_text(*name);
    entry.offset = load<std::uint64_t>(index, rest).value_or(0);
    entry.size = load<std::uint64_t>(index, rest + 8).value_or(0);
    entry.seed = *seed;
    at = rest + 20;
    cache.entries.push_back(entry);
  }
  if (at != cache.footer_start) {
    return fail(ErrorCode::Malformed, file->name(), "footer",
                "the index of " + counted(count, "entry", "entries") + " ends " +
                    counted(cache.footer_start - at, "byte") + " before the footer",
                cache.footer_start);
  }
  return cache;
}

}  // namespace ptetool::weight_cache
