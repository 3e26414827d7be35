// From the text after --input to a value: decides between file, generator and literal, and finds out what a file holds.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ptetool/base/text.h"
#include "ptetool/tensor/image.h"
#include "ptetool/tensor/npy.h"
#include "ptetool/tensor/statistics.h"
#include "tensor/input_values.h"
#include "tensor/json_object.h"

namespace ptetool {

namespace {

using Kind = InputExpectation::Kind;

// Longer text is no path on any system, only a long literal.
constexpr std::size_t kMaxPath = 4096;

constexpr std::string_view kForms =
    "give a file (.npy, .npz, .json, .bin, .png, .jpg), a literal (3, 0.5, true, null, '\"text\"', '[[1, 2], [3, 4]]') "
    "or, for a "
    "tensor, one of zeros, ones, arange, rand, randn";

// What a name may end in to be taken for a file that is missing, not for nonsense.
constexpr std::string_view kFileSuffixes[] = {".npy", ".npz", ".json", ".bin", ".raw", ".png", ".jpg", ".jpeg"};
constexpr std::string_view kRawSuffixes[] = {".bin", ".raw"};

std::string shown(std::string_view text) { return "input '" + escaped(text, 60) + "'"; }

// The same error, beginning with the text that it is about.
Failure about(std::string_view text, Error error) {
  error.message = shown(text) + ": " + error.message;
  return Failure(std::move(error));
}

Failure about_file(const std::string& file, Error error) {
  if (error.file.empty()) error.file = file;
  return Failure(std::move(error));
}

bool names_file(std::string_view text) {
  if (text == "-") return true;
  if (text.empty() || text.size() > kMaxPath || text.find('\0') != std::string_view::npos) return false;
  std::error_code error;
  const auto status = std::filesystem::status(std::filesystem::path(text), error);
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

bool has_suffix(std::string_view text, std::span<const std::string_view> suffixes) {
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) {
    if (text.size() <= suffix.size()) return false;
    const std::string_view end = text.substr(text.size() - suffix.size());
    return std::equal(end.begin(), end.end(), suffix.begin(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  });
}

// JSON as far as inputs need it begins with a list or an object.
bool resembles_json(std::string_view text) {
  const std::string_view content = trimmed(text);
  return content.starts_with('[') || content.starts_with('{');
}

// Does the text at least try to be a literal, so that the place of its mistake is worth telling?
bool resembles_literal(std::string_view text) {
  return !text.empty() && std::string_view("[\"+-.0123456789").find(text[0]) != std::string_view::npos;
}

// The bare bytes of a tensor.
Result<InputValue> raw_value(const File& file, const InputExpectation& expected) {
  if (expected.kind != Kind::Tensor) {
    return fail(
        ErrorCode::Mismatch, file.name(), "",
        fmt::format("holds raw bytes, the method expects {}: write it as a literal", input_kind_name(expected.kind)));
  }
  PTETOOL_ASSIGN(OwnedTensor owned, allocate_tensor(expected.dtype, expected.sizes.span()));
  const std::uint64_t wanted = owned.tensor.nbytes();
  if (file.size() != wanted) {
    return fail(ErrorCode::Mismatch, file.name(), "",
                fmt::format("has {}, {} of shape {} takes {}{}", counted(file.size(), "byte"),
                            dtype_name(expected.dtype), shape_text(expected.sizes.span()), wanted,
                            expected.dynamic ? "; tell other sizes with --shape" : ""));
  }
  if (wanted != 0) std::copy_n(file.bytes().data(), wanted, static_cast<std::uint8_t*>(owned.tensor.data));
  return InputValue(std::move(owned));
}

// A literal out of a file as the input.
Result<InputValue> literal_value(std::string_view text, const InputExpectation& expected, const std::string& name) {
  auto literal = parse_literal(text, kMaxJsonItems);
  if (!literal) {
    literal.error().code = ErrorCode::Malformed;
    return about_file(name, std::move(literal).error());
  }
  auto value = value_from_literal(*literal, expected);
  return value ? std::move(value) : about_file(name, std::move(value).error());
}

// An array as the input: itself for a tensor, its only element for a scalar.
Result<InputValue> array_value(const OwnedTensor& array, const InputExpectation& expected, const std::string& name) {
  if (expected.kind == Kind::Tensor) {
    PTETOOL_ASSIGN(OwnedTensor converted, convert_input(array, expected, name));
    return InputValue(std::move(converted));
  }
  if (array.tensor.numel() != 1) {
    return fail(ErrorCode::Mismatch, name, "",
                fmt::format("holds an array of shape {}, the method expects {}", shape_text(array.tensor.sizes.span()),
                            input_kind_name(expected.kind)));
  }
  return literal_value(element_text(array.tensor, 0), expected, name);
}

}  // namespace

Result<InputSource> InputSource::open(std::string_view text) {
  InputSource source;
  source.text_ = std::string(text);
  source.file_name_ = source.text_;
  std::string key;
  bool exists = names_file(text);
  if (const auto colon = text.rfind(':');
      !exists && colon != std::string_view::npos && names_file(text.substr(0, colon))) {
    exists = true;
    key = std::string(text.substr(colon + 1));
    source.file_name_ = std::string(text.substr(0, colon));
  }
  if (!exists) {
    if (resembles_json(text) || text.starts_with('"')) return source;
    for (const std::string_view path : {text, text.substr(0, text.rfind(':'))}) {
      if (has_suffix(path, kFileSuffixes)) PTETOOL_CHECK(File::open(std::string(path)));
    }
    if (text.find('/') != std::string_view::npos) PTETOOL_CHECK(File::open(source.text_));  // no other form has one
    return source;
  }
  PTETOOL_ASSIGN(source.file_, File::open(source.file_name_));
  const ByteView bytes = source.file_->bytes();
  const bool raw = has_suffix(source.file_name_, kRawSuffixes);
  if (is_npz(bytes) && !raw) {
    PTETOOL_ASSIGN(auto arrays, read_npz(bytes, source.file_name_));
    for (NamedArray& named : arrays) source.members_.push_back({std::move(named.name), std::move(named.array)});
  } else if (trimmed(as_text(bytes).substr(0, kMaxPath)).starts_with('{') && !raw) {
    PTETOOL_ASSIGN(auto members, split_json_object(as_text(bytes), source.file_name_));
    for (JsonMember& member : members) source.members_.push_back({std::move(member.name), std::string(member.value)});
  } else if (is_image(bytes) && !raw) {
    source.preset_ = std::move(key);
    return source;
  } else if (!key.empty()) {
    return fail(ErrorCode::Usage, source.file_name_, "",
                "holds no values with names, so that there is no " + ptetool::quoted(key) + " in it");
  } else {
    return source;
  }
  if (source.members_.empty()) return fail(ErrorCode::Usage, source.file_name_, "", "holds no value");
  if (key.empty()) return source;
  std::vector<std::string> names = source.names();
  const auto found = std::ranges::find(names, key);
  if (found == names.end()) {
    return fail(ErrorCode::Usage, source.file_name_, "",
                "has no " + ptetool::quoted(key) + "; it has " + name_list(names, 8));
  }
  return source.part(static_cast<std::size_t>(found - names.begin()));
}

std::vector<std::string> InputSource::names() const {
  std::vector<std::string> names;
  if (chosen_) return names;
  for (const Member& member : members_) names.push_back(member.name);
  return names;
}

InputSource InputSource::part(std::size_t index) const {
  InputSource source;
  source.text_ = file_name_ + ":" + members_[index].name;
  source.file_name_ = file_name_;
  source.file_ = file_;
  source.members_ = {members_[index]};
  source.chosen_ = true;
  return source;
}

Result<InputValue> InputSource::member_value(const Member& member, const InputExpectation& expected) const {
  const std::string name = file_name_ + ":" + escaped(member.name);
  if (const auto* array = std::get_if<OwnedTensor>(&member.content)) return array_value(*array, expected, name);
  return literal_value(std::get<std::string>(member.content), expected, name);
}

Result<InputValue> InputSource::file_value(const InputExpectation& expected) const {
  const ByteView bytes = file_->bytes();
  if (is_npy(bytes) || has_suffix(file_name_, std::span(kFileSuffixes).first(1))) {
    PTETOOL_ASSIGN(const OwnedTensor array, read_npy(bytes, file_name_));
    return array_value(array, expected, file_name_);
  }
  if (has_suffix(file_name_, kRawSuffixes)) return raw_value(*file_, expected);
  if (is_image(bytes)) {
    PTETOOL_ASSIGN(OwnedTensor picture, read_image(bytes, preset_, expected, file_name_));
    return InputValue(std::move(picture));
  }
  if (has_suffix(file_name_, std::span(kFileSuffixes).subspan(2, 1)) || resembles_json(as_text(bytes))) {
    return literal_value(trimmed(as_text(bytes)), expected, file_name_);
  }
  return fail(
      ErrorCode::Unsupported, file_name_, "",
      bytes.empty()
          ? "is empty"
          : "is of no kind that inputs are read from: .npy, .npz, JSON, PNG, JPEG, or raw bytes in a file named "
            ".bin or .raw");
}

Result<std::optional<OwnedTensor>> InputSource::array() const {
  if (members_.size() == 1) {
    const auto* array = std::get_if<OwnedTensor>(&members_[0].content);
    return array ? std::optional(*array) : std::nullopt;
  }
  if (!file_ || !members_.empty() || !is_npy(file_->bytes())) return std::nullopt;
  PTETOOL_ASSIGN(OwnedTensor array, read_npy(file_->bytes(), file_name_));
  return std::optional(std::move(array));
}

Result<InputValue> InputSource::value(const InputExpectation& expected, SeededRandom& random) const {
  if (members_.size() == 1) return member_value(members_[0], expected);
  if (members_.size() > 1) {
    const std::vector<std::string> all = names();
    return fail(
        ErrorCode::Usage, file_name_, "",
        fmt::format("holds {} values ({}); choose one with {}:NAME", all.size(), name_list(all, 8), file_name_));
  }
  if (file_) return file_value(expected);
  if (auto made = value_from_generator(text_, expected, random)) {
    return *made ? std::move(*made) : about(text_, std::move(*made).error());
  }
  auto literal = parse_literal(text_);
  if (literal) {
    auto value = value_from_literal(*literal, expected);
    return value ? std::move(value) : about(text_, std::move(value).error());
  }
  if (resembles_literal(text_)) return about(text_, std::move(literal).error());
  return fail(ErrorCode::Usage, fmt::format("{} is neither a file nor a literal; {}", shown(text_), kForms));
}

Result<InputValue> parse_input(std::string_view text, const InputExpectation& expected, SeededRandom& random) {
  PTETOOL_ASSIGN(const InputSource source, InputSource::open(text));
  return source.value(expected, random);
}

}  // namespace ptetool
