// Reads bundled programs (format-facts 7.1). Only the container is proved here; the program inside is read as a file of
// its own.
#include "ptetool/format/bundled.h"

#include "bundled_program_generated.h"
#include "format/flatbuffer.h"
#include "ptetool/base/text.h"

namespace ptetool::bundled {

namespace fb = ptetool::fb::bundled;
using format::convert_all;
using format::items;
using format::text;

namespace {

// What a program needs to be read in place; the writer aligns it to 32.
constexpr std::size_t kProgramAlignment = 16;

// The root of v0.1 files as far as it agrees with the later one; their test suites are tables of another shape.
struct RootV01 : private flatbuffers::Table {
  std::uint32_t version() const { return GetField<std::uint32_t>(fb::BundledProgram::VT_VERSION, 0); }
  const flatbuffers::Vector<std::uint8_t>* program() const {
    return GetPointer<const flatbuffers::Vector<std::uint8_t>*>(fb::BundledProgram::VT_PROGRAM);
  }
  bool Verify(flatbuffers::Verifier& verifier) const {
    return VerifyTableStart(verifier) && VerifyField<std::uint32_t>(verifier, fb::BundledProgram::VT_VERSION, 4) &&
           VerifyOffset(verifier, fb::BundledProgram::VT_PROGRAM) && verifier.VerifyVector(program()) &&
           verifier.EndTable();
  }
};

ByteView raw(const flatbuffers::Vector<std::uint8_t>* vector) {
  return vector ? ByteView(vector->data(), vector->size()) : ByteView();
}

Value read_value(const fb::Value& table, std::uint64_t offset) {
  Value value;
  value.offset = offset;
  value.content = UnknownValue{static_cast<std::uint8_t>(table.val_type())};
  if (!table.val()) return value;
  if (const auto* tensor = table.val_as_Tensor()) {
    value.content = Tensor{static_cast<ScalarType>(tensor->scalar_type()), items(tensor->sizes()),
                           items(tensor->dim_order()), raw(tensor->data())};
  } else if (const auto* integer = table.val_as_Int()) {
    value.content = integer->int_val();
  } else if (const auto* boolean = table.val_as_Bool()) {
    value.content = boolean->bool_val();
  } else if (const auto* real = table.val_as_Double()) {
    value.content = real->double_val();
  }
  return value;
}

// Takes what both generations of the root have in common.
template <class Root>
Result<> take_program(BundledProgram& bundle, const Root& root) {
  bundle.version = root.version();
  bundle.program = raw(root.program());
  if (bundle.program.empty()) return fail(ErrorCode::Malformed, bundle.file->name(), "program", "holds no program");
  bundle.program_offset = format::offset_in(bundle.file->bytes(), bundle.program.data());
  return {};
}

std::vector<TestSuite> read_suites(const fb::BundledProgram& root, ByteView bytes) {
  const auto at = [&](const void* object) { return format::offset_in(bytes, object); };
  const auto values = [&](const auto* tables) {
    return convert_all<Value>(tables, [&](const fb::Value& value) { return read_value(value, at(&value)); });
  };
  return convert_all<TestSuite>(root.method_test_suites(), [&](const fb::BundledMethodTestSuite& suite) {
    auto cases = convert_all<TestCase>(suite.test_cases(), [&](const fb::BundledMethodTestCase& test_case) {
      return TestCase{values(test_case.inputs()), values(test_case.expected_outputs()), at(&test_case)};
    });
    return TestSuite{text(suite.method_name()), std::move(cases), at(&suite)};
  });
}

}  // namespace

Result<BundledProgram> read_bundled(std::shared_ptr<const File> file) {
  constexpr std::string_view kWhat = "the bundled program's flatbuffer";
  const ByteView bytes = file->bytes();
  if (bytes.size() < 8) {
    return fail(ErrorCode::Malformed, file->name(), "",
                bytes.empty() ? std::string("is empty")
                              : "is cut off: " + counted(bytes.size(), "byte") + " cannot hold a bundled program",
                0);
  }
  const bool v01 = has_tag(bytes, 4, "BP06");
  if (!v01 && !has_tag(bytes, 4, "BP08")) {
    return fail(ErrorCode::WrongKind, file->name(), "", "is no bundled program (no 'BP08' at offset 4)", 4);
  }
  BundledProgram bundle;
  bundle.file = file;
  bundle.identifier = as_text(bytes.subspan(4, 4));
  if (v01) {
    PTETOOL_ASSIGN(const RootV01* root, format::verified_root<RootV01>(bytes, file->name(), kWhat));
    PTETOOL_CHECK(take_program(bundle, *root));
    return bundle;
  }
  PTETOOL_ASSIGN(const fb::BundledProgram* root, format::verified_root<fb::BundledProgram>(bytes, file->name(), kWhat));
  PTETOOL_CHECK(take_program(bundle, *root));
  bundle.test_suites = read_suites(*root, bytes);
  return bundle;
}

std::shared_ptr<const File> BundledProgram::program_file() const {
  std::string name = file->name() + " (program)";
  if (is_aligned(program.data(), kProgramAlignment)) return File::part_of(file, std::move(name), program);
  return File::from_bytes(std::move(name), program);
}

}  // namespace ptetool::bundled
