// The header is one page that ends with texts and carries an XXH3 of itself; a file is taken only if magic, checksum,
// sizes and texts add up.
#include "ptetool/format/packed_weights.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "ptetool/base/text.h"

namespace ptetool::packed {

namespace {

constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kTextsAt = 88;

// The header page's own checksum: XXH3 with the place where it stands as zeros.
std::uint64_t page_checksum(ByteView page) {
  std::array<std::uint8_t, kHeaderBytes> copy{};
  std::copy_n(page.begin(), kHeaderBytes, copy.begin());
  std::fill_n(copy.begin() + kChecksumAt, sizeof(std::uint64_t), std::uint8_t{0});
  return XXH3_64bits(copy.data(), copy.size());
}

template <class T>
void store(MutableByteView page, std::size_t at, T value) {
  std::memcpy(page.data() + at, &value, sizeof(T));
}

}  // namespace

Result<PackedFile> read_packed_weights(std::shared_ptr<const File> file) {
  const ByteView bytes = file->bytes();
  const auto wrong = [&](std::string message, std::uint64_t offset = 0) {
    return fail(ErrorCode::Malformed, file->name(), "header", std::move(message), offset);
  };
  if (!has_tag(bytes, 0, kMagic.substr(0, 4))) return wrong("is no file of packed weights");
  if (!has_tag(bytes, 0, kMagic))
    return wrong("is of another version of the format than '" + std::string(kMagic) + "'");
  if (bytes.size() < kHeaderBytes + kTailBytes) {
    return wrong("is cut off: " + counted(bytes.size(), "byte") + " cannot hold header and tail");
  }
  if (load<std::uint64_t>(bytes, kChecksumAt) != page_checksum(bytes)) {
    return wrong("the header does not have the checksum that it states", kChecksumAt);
  }
  PackedFile result;
  result.file = file;
  const std::uint64_t size = load<std::uint64_t>(bytes, 16).value_or(0);
  const std::uint64_t held = bytes.size() - kHeaderBytes - kTailBytes;
  if (size != held) {
    return wrong("the header speaks of " + counted(size, "byte") + " of weights, the file has " + std::to_string(held),
                 16);
  }
  result.checksum = {load<std::uint64_t>(bytes, 24).value_or(0), load<std::uint64_t>(bytes, 32).value_or(0)};
  result.seed = load<std::uint32_t>(bytes, 40).value_or(0);
  std::copy_n(bytes.begin() + 56, result.key.size(), result.key.begin());
  std::uint64_t at = kTextsAt;
  std::size_t size_at = 44;
  for (std::string_view* text : {&result.build, &result.cpu, &result.label}) {
    const auto part = subview(bytes.first(kHeaderBytes), at, load<std::uint32_t>(bytes, size_at).value_or(0));
    if (!part) return wrong("a text leaves the header", size_at);
    *text = as_text(*part);
    at += part->size();
    size_at += sizeof(std::uint32_t);
  }
  result.weights = bytes.subspan(kHeaderBytes, static_cast<std::size_t>(size));
  return result;
}

std::vector<std::uint8_t> packed_header(const PackedFile& description) {
  std::vector<std::uint8_t> page(kHeaderBytes, 0);
  std::ranges::copy(kMagic, page.begin());
  store(page, 16, std::uint64_t{description.weights.size()});
  store(page, 24, description.checksum.high);
  store(page, 32, description.checksum.low);
  store(page, 40, description.seed);
  std::ranges::copy(description.key, page.begin() + 56);
  std::size_t at = kTextsAt;
  std::size_t size_at = 44;
  for (const std::string_view whole :
       {description.build, description.cpu, description.label.substr(0, kLongestLabel)}) {
    const std::string_view text = whole.substr(0, kHeaderBytes - at);
    store(page, size_at, static_cast<std::uint32_t>(text.size()));
    std::ranges::copy(text, page.begin() + static_cast<std::ptrdiff_t>(at));
    at += text.size();
    size_at += sizeof(std::uint32_t);
  }
  sign_header(page);
  return page;
}

void sign_header(MutableByteView page) { store(page, kChecksumAt, page_checksum(page)); }

}  // namespace ptetool::packed
