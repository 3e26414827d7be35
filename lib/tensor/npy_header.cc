// Headers are read by a scanner that knows only the three entries of NEP 1.
#include "tensor/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"

namespace ptetool {

namespace {

// What numpy pads the header to, so that the array can be mapped.
constexpr std::size_t kHeaderAlignment = 64;
// numpy leaves room for the first size to grow to this many digits without moving the data.
constexpr std::size_t kGrowthDigits = 21;

// The types that numpy has: descr without byte order.
struct NpyType {
  std::string_view descr;
  ScalarType dtype;
};
constexpr NpyType kTypes[] = {
    {"b1", ScalarType::Bool},         {"u1", ScalarType::Byte},
    {"i1", ScalarType::Char},         {"i2", ScalarType::Short},
    {"i4", ScalarType::Int},          {"i8", ScalarType::Long},
    {"u2", ScalarType::UInt16},       {"u4", ScalarType::UInt32},
    {"u8", ScalarType::UInt64},       {"f2", ScalarType::Half},
    {"f4", ScalarType::Float},        {"f8", ScalarType::Double},
    {"c8", ScalarType::ComplexFloat}, {"c16", ScalarType::ComplexDouble},
};

const NpyType* find_type(std::string_view descr) {
  const auto* row = std::ranges::find(kTypes, descr, &NpyType::descr);
  return row == std::end(kTypes) ? nullptr : row;
}

const NpyType* find_type(ScalarType dtype) {
  const auto* row = std::ranges::find(kTypes, dtype, &NpyType::dtype);
  return row == std::end(kTypes) ? nullptr : row;
}

// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" and nothing else that Python could evaluate.
class HeaderScanner {
 public:
  // `base` is where the text begins in the file called `name`.
  HeaderScanner(std::string_view text, const std::string& name, std::uint64_t base)
      : text_(text), name_(name), base_(base) {}

  Result<NpyHeader> scan() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    if (!take('{')) return malformed("does not begin with '{'");
    while (!take('}')) {
      PTETOOL_ASSIGN(const std::string_view key, string("a key"));
      bool* seen = key == "descr"           ? &has_descr
                   : key == "fortran_order" ? &has_order
                   : key == "shape"         ? &has_shape
                                            : nullptr;
      if (seen == nullptr) return malformed("has the unknown key " + quoted(key));
      if (*seen) return malformed("has the key " + quoted(key) + " twice");
      *seen = true;
      if (!take(':')) return malformed("lacks ':' after the key " + quoted(key));
      if (seen == &has_descr) {
        PTETOOL_ASSIGN(header.dtype, descr());
      } else if (seen == &has_order) {
        PTETOOL_ASSIGN(header.fortran_order, boolean());
      } else {
        PTETOOL_ASSIGN(header.sizes, shape());
      }
      if (!take(',') && peek() != '}') return malformed("lacks ',' or '}' after the value of " + quoted(key));
    }
    if (peek() != '\0') return malformed("goes on after the closing '}'");
    if (!has_descr) return malformed("lacks the key 'descr'");
    if (!has_order) return malformed("lacks the key 'fortran_order'");
    if (!has_shape) return malformed("lacks the key 'shape'");
    return header;
  }

 private:
  // The next character that is no white space; '\0' at the end (a real NUL is no part of any header either, but is not
  // the end: it is told apart by the position).
  char peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
    if (at_ == text_.size()) return '\0';
    return text_[at_] == '\0' ? '\x01' : text_[at_];
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    peek();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Failure malformed(std::string message) const {
    return fail(ErrorCode::Malformed, name_, "header", std::move(message), base_ + at_);
  }
  Failure unsupported(std::string message) const {
    return fail(ErrorCode::Unsupported, name_, "header", std::move(message), base_ + at_);
  }

  Result<std::string_view> string(std::string_view what) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return malformed(fmt::format("lacks {} in quotes", what));
    const std::size_t begin = at_ + 1;
    const std::size_t end = text_.find(quote, begin);
    if (end == std::string_view::npos) return malformed(fmt::format("{} has no closing quote", what));
    const std::string_view inside = text_.substr(begin, end - begin);
    if (inside.find('\\') != std::string_view::npos) return malformed(fmt::format("{} contains an escape", what));
    at_ = end + 1;
    return inside;
  }

  Result<ScalarType> descr() {
    if (peek() == '[' || peek() == '(' || peek() == '{') {
      return unsupported(
          "the array is structured (its descr is a list of fields); save each field as an array of its own");
    }
    PTETOOL_ASSIGN(const std::string_view descr, string("the descr"));
    const bool has_prefix = !descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string_view::npos;
    const char prefix = has_prefix ? descr[0] : '=';
    const std::string_view kind = descr.substr(has_prefix ? 1 : 0);
    const NpyType* type = find_type(kind);
    if (type == nullptr) {
      if (kind.starts_with('O')) return unsupported("the array holds Python objects, not numbers");
      return unsupported("the element type " + quoted(descr) + " is none that tensors have");
    }
    if (prefix == '>') {
      return unsupported(fmt::format("is big-endian ({}); save it with arr.astype('<{}')", quoted(descr), kind));
    }
    if (prefix == '|' && *dtype_size(type->dtype) > 1)
      return malformed("the descr " + quoted(descr) + " has no byte order");
    return type->dtype;
  }

  Result<bool> boolean() {
    if (take_word("True")) return true;
    if (take_word("False")) return false;
    return malformed("'fortran_order' is neither True nor False");
  }

  Result<Sizes> shape() {
    if (!take('(')) return malformed("'shape' is not a tuple");
    Sizes sizes;
    while (!take(')')) {
      const char first = peek();
      if (first == '-') return malformed("the shape has a negative size");
      std::int64_t size = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error == std::errc::result_out_of_range) return malformed("a size exceeds 64 bits");
      if (error != std::errc()) return malformed("'shape' is not a tuple of integers");
      at_ += static_cast<std::size_t>(end - begin);
      // Python 2 wrote long integers as 3L.
      if (peek() == 'L') ++at_;
      if (sizes.full()) {
        return unsupported("the array has more than " + std::to_string(kMaxRank) + " dimensions; no tensor has");
      }
      sizes.push_back(size);
      const bool comma = take(',');
      if (!comma && peek() != ')') return malformed("'shape' is not a tuple of integers");
      // (3) is a number to Python, (3,) a tuple.
      if (!comma && sizes.size() == 1) return malformed("'shape' is not a tuple");
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& name_;
  std::uint64_t base_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_npy(ByteView bytes) { return has_tag(bytes, 0, kNpyMagic); }

ScalarType npy_carrier(ScalarType dtype) {
  if (find_type(dtype) != nullptr) return dtype;
  if (dtype == ScalarType::QInt8) return ScalarType::Char;
  if (dtype == ScalarType::QInt32) return ScalarType::Int;
  switch (dtype_size(dtype).value_or(1)) {
    case 2: return ScalarType::UInt16;
    case 4: return ScalarType::UInt32;
    default: return ScalarType::Byte;
  }
}

Result<NpyHeader> read_npy_header(ByteView bytes, const std::string& name) {
  if (!is_npy(bytes)) {
    if (bytes.empty()) return fail(ErrorCode::WrongKind, name, "", "is empty; an .npy file was expected");
    if (has_tag(bytes, 0, "PK\x03\x04")) {
      return fail(ErrorCode::WrongKind, name, "", "is a zip archive (.npz?); an .npy file was expected");
    }
    return fail(ErrorCode::WrongKind, name, "", "is no .npy file: it does not begin with \\x93NUMPY");
  }
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, name, "header", std::move(message), offset);
  };
  const auto major = load<std::uint8_t>(bytes, 6);
  const auto minor = load<std::uint8_t>(bytes, 7);
  if (!major || !minor) return malformed("is cut off", bytes.size());
  if (*major < 1 || *major > 3 || *minor != 0) {
    return fail(ErrorCode::Unsupported, name, "header",
                fmt::format("the format version is {}.{}; 1.0, 2.0 and 3.0 are known", *major, *minor), 6);
  }
  std::optional<std::uint64_t> length = load<std::uint32_t>(bytes, 8);
  if (*major == 1) length = load<std::uint16_t>(bytes, 8);
  const std::uint64_t begin = *major == 1 ? 10 : 12;
  const auto text = length ? subview(bytes, begin, *length) : std::nullopt;
  if (!text) return malformed("is cut off", bytes.size());
  PTETOOL_ASSIGN(NpyHeader header, HeaderScanner(as_text(*text), name, begin).scan());
  header.data_offset = begin + *length;
  return header;
}

std::string tuple_text(const Sizes& sizes) {
  return fmt::format("({}{})", fmt::join(sizes, ", "), sizes.size() == 1 ? "," : "");
}

std::string npy_header_text(const Tensor& tensor) {
  const ScalarType carrier = npy_carrier(tensor.dtype);
  std::string text =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': {}, }}", *dtype_size(carrier) == 1 ? '|' : '<',
                  find_type(carrier)->descr, tuple_text(tensor.sizes));
  if (tensor.rank() > 0) text.append(kGrowthDigits - std::to_string(tensor.sizes[0]).size(), ' ');
  // Magic, version and length take 10 bytes, the line feed one more. numpy adds a full block where nothing is missing.
  text.append(kHeaderAlignment - (10 + text.size() + 1) % kHeaderAlignment, ' ');
  return text + "\n";
}

}  // namespace ptetool
