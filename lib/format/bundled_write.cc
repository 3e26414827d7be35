// A flatbuffer refers forward only, so the program can stand behind all tables and need not be in memory to be written.
#include "ptetool/format/bundled_write.h"

#include <algorithm>
#include <limits>

#include "bundled_program_generated.h"
#include "format/flatbuffer_write.h"
#include "ptetool/base/text.h"

namespace ptetool::bundled {

namespace fb = ptetool::fb::bundled;
using flatbuffers::Offset;

namespace {

constexpr std::uint64_t kProgramAlignment = 32;  // of the program's bytes, as the schema asks for
constexpr std::uint64_t kDataAlignment = 16;     // of a tensor's

bool known(const std::vector<Value>& values) {
  return std::ranges::none_of(values,
                              [](const Value& value) { return std::holds_alternative<UnknownValue>(value.content); });
}

class Writer {
 public:
  std::vector<std::uint8_t> tables(const BundledProgram& source) {
    const auto suites = format::write_all<fb::BundledMethodTestSuite>(
        builder_, source.test_suites, [&](const TestSuite& suite) { return write(suite); });
    const auto no_program = builder_.CreateVector(std::vector<std::uint8_t>());
    builder_.Finish(fb::CreateBundledProgram(builder_, source.version, suites, no_program),
                    fb::BundledProgramIdentifier());
    return {builder_.GetBufferPointer(), builder_.GetBufferPointer() + builder_.GetSize()};
  }

 private:
  Offset<fb::BundledMethodTestSuite> write(const TestSuite& suite) {
    const auto cases =
        format::write_all<fb::BundledMethodTestCase>(builder_, suite.test_cases, [&](const TestCase& test) {
          const auto inputs = write(test.inputs);
          const auto outputs = write(test.expected_outputs);
          return fb::CreateBundledMethodTestCase(builder_, inputs, outputs);
        });
    const auto name = format::write_text(builder_, suite.method_name);
    return fb::CreateBundledMethodTestSuite(builder_, name, cases);
  }
  Offset<flatbuffers::Vector<Offset<fb::Value>>> write(const std::vector<Value>& values) {
    return format::write_all<fb::Value>(builder_, values, [&](const Value& value) {
      if (const auto* tensor = std::get_if<Tensor>(&value.content)) {
        return fb::CreateValue(builder_, fb::ValueUnion::Tensor, write(*tensor).Union());
      }
      if (const auto* whole = std::get_if<std::int64_t>(&value.content)) {
        return fb::CreateValue(builder_, fb::ValueUnion::Int, fb::CreateInt(builder_, *whole).Union());
      }
      if (const auto* flag = std::get_if<bool>(&value.content)) {
        return fb::CreateValue(builder_, fb::ValueUnion::Bool, fb::CreateBool(builder_, *flag).Union());
      }
      const double real = std::get<double>(value.content);
      return fb::CreateValue(builder_, fb::ValueUnion::Double, fb::CreateDouble(builder_, real).Union());
    });
  }
  Offset<fb::Tensor> write(const Tensor& tensor) {
    const auto sizes = format::write_items(builder_, tensor.sizes);
    const auto data = format::write_aligned(builder_, tensor.data, kDataAlignment);
    const auto order = format::write_items(builder_, tensor.dim_order);
    return fb::CreateTensor(builder_, static_cast<ptetool::fb::scalar::ScalarType>(tensor.scalar_type), sizes, data,
                            order);
  }

  format::Builder builder_;
};

bool same_values(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::ranges::equal(a, b, [](const Value& x, const Value& y) {
    if (x.content.index() != y.content.index()) return false;
    if (const auto* tensor = std::get_if<Tensor>(&x.content)) {
      const auto& other = std::get<Tensor>(y.content);
      return tensor->scalar_type == other.scalar_type && std::ranges::equal(tensor->sizes, other.sizes) &&
             std::ranges::equal(tensor->dim_order, other.dim_order) && std::ranges::equal(tensor->data, other.data);
    }
    if (const auto* real = std::get_if<double>(&x.content)) {
      return as_text(bytes_of(std::span(real, 1))) == as_text(bytes_of(std::span(&std::get<double>(y.content), 1)));
    }
    const auto* whole = std::get_if<std::int64_t>(&x.content);
    return whole ? *whole == std::get<std::int64_t>(y.content)
                 : !std::holds_alternative<bool>(x.content) || std::get<bool>(x.content) == std::get<bool>(y.content);
  });
}

}  // namespace

Result<> writable(const BundledProgram& source) {
  const std::string& name = source.file->name();
  if (source.identifier != fb::BundledProgramIdentifier()) {
    return fail(ErrorCode::Unsupported, name, "", "is a bundle of v0.1, whose tests cannot be written again");
  }
  for (const TestSuite& suite : source.test_suites) {
    for (const TestCase& test : suite.test_cases) {
      if (known(test.inputs) && known(test.expected_outputs)) continue;
      return fail(ErrorCode::Unsupported, name, "",
                  "has a test of " + quoted(suite.method_name) + " with a value of a kind that is not known here");
    }
  }
  return {};
}

Result<format::FileImage> make_bundle(const BundledProgram& source, format::FileImage program) {
  PTETOOL_CHECK(writable(source));
  format::FileImage image;
  image.head = Writer().tables(source);
  // A vector is its length and then its bytes.
  std::uint64_t begin = image.head.size() + sizeof(std::uint32_t);
  begin = checked_align_up(begin, kProgramAlignment).value_or(begin);
  const auto end = checked_add(begin, program.size);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();  // what readers prove
  if (!end || *end > kMost)
    return fail(ErrorCode::Limit, source.file->name(), "", "would be larger than a bundle can be (2 GiB)");
  image.head.resize(static_cast<std::size_t>(begin));
  const auto store = [&](std::size_t at, std::uint64_t number) {
    const auto narrow = static_cast<std::uint32_t>(number);
    std::ranges::copy(bytes_of(std::span(&narrow, 1)), image.head.begin() + static_cast<std::ptrdiff_t>(at));
  };
  const auto* root = flatbuffers::GetRoot<flatbuffers::Table>(image.head.data());
  const auto field = static_cast<std::size_t>(root->GetAddressOf(fb::BundledProgram::VT_PROGRAM) - image.head.data());
  const std::uint64_t length_at = begin - sizeof(std::uint32_t);
  store(field, length_at - field);
  store(static_cast<std::size_t>(length_at), program.size);
  image.head.insert(image.head.end(), program.head.begin(), program.head.end());
  for (const format::Piece& piece : program.pieces) image.pieces.push_back({begin + piece.offset, piece.bytes});
  image.size = *end;
  return image;
}

bool same_tests(const BundledProgram& a, const BundledProgram& b) {
  return std::ranges::equal(a.test_suites, b.test_suites, [](const TestSuite& x, const TestSuite& y) {
    return x.method_name == y.method_name &&
           std::ranges::equal(x.test_cases, y.test_cases, [](const TestCase& one, const TestCase& other) {
             return same_values(one.inputs, other.inputs) && same_values(one.expected_outputs, other.expected_outputs);
           });
  });
}

}  // namespace ptetool::bundled
