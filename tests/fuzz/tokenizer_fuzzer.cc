// Reads any bytes as a tokenizer, of whichever kind they look like; what is read encodes hard texts and decodes the
// ids, also token by token.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "llm/read_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Larger ones are slow, and no harder.
  if (size > 64 << 10) return 0;
  const auto tokenizer = ptetool::llm::read_tokenizer({data, size}, {});
  if (!tokenizer) return 0;
  const ptetool::llm::Tokenizer& reader = **tokenizer;
  for (const std::string_view text :
       {"", " ", "Hello, world  12345\n\n", "<s>a</s>",
        "Gr\xc3\xb6\xc3\x9f\x65 \xe6\x95\x8f\xe6\x8d\xb7 \xf0\x9f\x91\xa9", "\xff\xc3",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    const auto ids = reader.encode(text);
    if (!ids) continue;
    for (const ptetool::llm::TokenId id : *ids) {
      if (id < 0 || static_cast<std::size_t>(id) >= reader.size()) std::abort();
    }
    const auto whole = reader.decode(*ids);
    ptetool::llm::StreamDecoder stream(reader);
    for (const ptetool::llm::TokenId id : *ids) {
      if (!stream.push(id)) return 0;
    }
    if (!stream.finish() || !whole) return 0;
  }
  reader.eos();
  if (const auto bos = reader.bos(); bos && static_cast<std::size_t>(*bos) >= reader.size()) std::abort();
  reader.find("<s>");
  return 0;
}
