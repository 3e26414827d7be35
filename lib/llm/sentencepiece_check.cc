// Reads just enough of protobuf: fields 1 (pieces: 1 text, 2 score), 3 and 5 (normalisation: 2 character map).
#include "llm/sentencepiece_check.h"

#include <cmath>
#include <optional>

#include "llm/charsmap.h"
#include "llm/vocabulary.h"
#include "ptetool/base/text.h"

namespace ptetool::llm {

namespace {

// The longest piece of a real model has some hundred bytes.
constexpr std::size_t kMaxPiece = 4096;
constexpr std::uint32_t kLastField = 5;

enum class Wire : std::uint32_t { Number = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::Number;
  ByteView bytes;  // of Bytes and of the fixed numbers
};

class Message {
 public:
  explicit Message(ByteView bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  // nullopt: no protobuf.
  std::optional<Field> next() {
    const auto tag = number();
    if (!tag || *tag >> 3 == 0 || *tag >> 32 != 0) return std::nullopt;
    Field field{*tag >> 3, static_cast<Wire>(*tag & 7), {}};
    std::optional<std::uint64_t> size;
    switch (field.wire) {
      case Wire::Number: return number() ? std::optional(field) : std::nullopt;
      case Wire::Fixed64: size = 8; break;
      case Wire::Fixed32: size = 4; break;
      case Wire::Bytes: size = number(); break;
      default: return std::nullopt;
    }
    const auto part = size ? subview(rest_, 0, *size) : std::nullopt;
    if (!part) return std::nullopt;
    field.bytes = *part;
    rest_ = rest_.subspan(part->size());
    return field;
  }

 private:
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  ByteView rest_;
};

Result<> check_piece(ByteView bytes, std::uint64_t index) {
  const auto wrong = [&](const char* what) { return fail(ErrorCode::Malformed, "", indexed("pieces", index), what); };
  Message message(bytes);
  bool named = false;
  while (!message.done()) {
    const auto field = message.next();
    if (!field) return wrong("is cut off");
    if (field->number == 1) {
      if (field->wire != Wire::Bytes || field->bytes.empty()) return wrong("has no text");
      if (field->bytes.size() > kMaxPiece) return wrong("has a text of more than 4096 bytes");
      if (as_text(field->bytes).find('\0') != std::string_view::npos) return wrong("has a zero byte in its text");
      named = true;
    } else if (field->number == 2) {
      const auto score = load<float>(field->bytes, 0);
      if (field->wire != Wire::Fixed32 || !score || !std::isfinite(*score))
        return wrong("has a score that is no number");
    }
  }
  return named ? Result<>() : wrong("has no text");
}

Result<> check_normalizer(ByteView bytes) {
  Message message(bytes);
  while (!message.done()) {
    const auto field = message.next();
    if (!field) return fail(ErrorCode::Malformed, "", "normalizer_spec", "is cut off");
    if (field->number != 2) continue;
    PTETOOL_ASSIGN(const Charsmap map, Charsmap::from_bytes(field->bytes));
    if (!map.is_closed()) {
      return fail(ErrorCode::Malformed, "", "normalizer_spec", "the character map leads outside of itself");
    }
  }
  return {};
}

}  // namespace

bool is_sentencepiece_model(ByteView bytes) {
  Message message(bytes);
  bool pieces = false;
  while (!message.done()) {
    const auto field = message.next();
    // Extensions have numbers from 200 on.
    if (!field || (field->number > kLastField && field->number < 200)) return false;
    pieces = pieces || (field->number == 1 && field->wire == Wire::Bytes);
  }
  return pieces;
}

Result<> check_sentencepiece_model(ByteView bytes) {
  Message message(bytes);
  std::uint64_t pieces = 0;
  while (!message.done()) {
    const auto field = message.next();
    if (!field) return fail(ErrorCode::Malformed, "is cut off");
    if (field->number == 1) {
      if (pieces == kMaxTokens) return fail(ErrorCode::Limit, "has more than 2^24 pieces");
      PTETOOL_CHECK(check_piece(field->bytes, pieces++));
    } else if (field->number == 3 || field->number == 5) {
      PTETOOL_CHECK(check_normalizer(field->bytes));
    }
  }
  return {};
}

}  // namespace ptetool::llm
