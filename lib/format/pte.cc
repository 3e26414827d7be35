// Reads PTE programs: identifier and header by hand, the rest through the verified flatbuffer.
#include "ptetool/format/pte.h"

#include "format/pte_et02.h"
#include "format/pte_tables.h"
#include "ptetool/base/text.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::pte;
using format::convert_all;
using format::text;

namespace {

constexpr std::uint64_t kHeaderAt = 8;             // the extended header follows root offset and identifier
constexpr std::uint32_t kMinHeaderLength = 24;     // up to v0.7
constexpr std::uint32_t kHeaderWithDataSize = 32;  // since v1.0

// The extended header, if the magic is there (format-facts 1.1).
Result<std::optional<ExtendedHeader>> read_header(const File& file) {
  const ByteView bytes = file.bytes();
  if (!has_tag(bytes, kHeaderAt, "eh00")) return std::optional<ExtendedHeader>();
  const auto malformed = [&](std::string message, std::uint64_t offset) {
    return fail(ErrorCode::Malformed, file.name(), "extended header", std::move(message), offset);
  };
  ExtendedHeader header;
  const auto length = load<std::uint32_t>(bytes, kHeaderAt + 4);
  if (!length) return malformed("is cut off", kHeaderAt);
  header.length = *length;
  if (header.length < kMinHeaderLength) {
    return malformed("length " + std::to_string(header.length) + " is below the smallest that exists, 24",
                     kHeaderAt + 4);
  }
  const auto program_size = load<std::uint64_t>(bytes, 16);
  const auto segment_base = load<std::uint64_t>(bytes, 24);
  if (!program_size || !segment_base) return malformed("is cut off", kHeaderAt);
  header.program_size = *program_size;
  header.segment_base_offset = *segment_base;
  if (header.length >= kHeaderWithDataSize) {
    const auto data_size = load<std::uint64_t>(bytes, 32);
    if (!data_size) return malformed("is cut off", kHeaderAt);
    header.segment_data_size = *data_size;
  }
  if (header.program_size > bytes.size()) {
    return malformed("program size " + std::to_string(header.program_size) + " exceeds the file's " +
                         std::to_string(bytes.size()) + " bytes: the file is cut off",
                     16);
  }
  if (header.program_size < kHeaderAt + header.length) {
    return malformed("program size " + std::to_string(header.program_size) + " does not even hold the header", 16);
  }
  return std::optional(header);
}

Result<> check_identifier(const File& file) {
  if (file.size() < 8) {
    return fail(ErrorCode::Malformed, file.name(), "",
                "is cut off: " + counted(file.size(), "byte") + " cannot hold a program", 0);
  }
  if (has_tag(file.bytes(), 4, "ET12") || has_tag(file.bytes(), 4, kPreReleaseIdentifier)) return {};
  const auto identifier = as_text(file.bytes().subspan(4, 4));
  if (identifier.starts_with("ET")) {
    return fail(ErrorCode::WrongKind, file.name(), "",
                "has the program identifier " + quoted(identifier) +
                    ", an incompatible schema; every ExecuTorch release reads 'ET12' only",
                4);
  }
  return fail(ErrorCode::WrongKind, file.name(), "", "is no ExecuTorch program (no 'ET12' at offset 4)", 4);
}

}  // namespace

Result<Program> read_pte(std::shared_ptr<const File> file) {
  PTETOOL_CHECK(check_identifier(*file));
  Program program;
  program.file = file;
  program.identifier = as_text(file->bytes().subspan(4, 4));
  if (program.identifier == kPreReleaseIdentifier) {
    PTETOOL_CHECK(read_et02(program));
    return program;
  }
  PTETOOL_ASSIGN(program.header, read_header(*file));
  program.flatbuffer_size = program.header ? program.header->program_size : file->size();
  const ByteView bytes = file->bytes().first(static_cast<std::size_t>(program.flatbuffer_size));
  PTETOOL_ASSIGN(const fb::Program* root,
                 format::verified_root<fb::Program>(bytes, file->name(), "the program flatbuffer"));
  TableReader convert(file->bytes());
  program.root_offset = convert.at(root);
  program.version = root->version();
  program.has_execution_plan = root->execution_plan() != nullptr;
  program.has_segments = root->segments() != nullptr;
  program.has_named_data = root->named_data() != nullptr;
  program.execution_plan =
      convert_all<ExecutionPlan>(root->execution_plan(), [&](const auto& each) { return convert.plan(each); });
  program.constant_buffer = convert_all<InlineData>(
      root->constant_buffer(), [&](const fb::Buffer& buffer) { return convert.inline_data(buffer.storage()); });
  program.backend_delegate_data = convert_all<InlineData>(
      root->backend_delegate_data(),
      [&](const fb::BackendDelegateInlineData& inline_data) { return convert.inline_data(inline_data.data()); });
  program.segments = convert_all<Segment>(root->segments(), [&](const fb::DataSegment& segment) {
    return Segment{segment.offset(), segment.size(), convert.at(&segment)};
  });
  if (const auto* constants = root->constant_segment()) program.constant_segment = convert.subsegment(*constants);
  program.mutable_data_segments = convert_all<SubsegmentOffsets>(
      root->mutable_data_segments(), [&](const auto& each) { return convert.subsegment(each); });
  program.named_data = convert_all<NamedData>(root->named_data(), [&](const fb::NamedData& entry) {
    return NamedData{text(entry.key()), entry.segment_index(), convert.at(&entry)};
  });
  if (!convert.aligned()) {
    return fail(ErrorCode::Malformed, file->name(), "", "the program flatbuffer has a vector that is not aligned");
  }
  return program;
}

}  // namespace ptetool::pte
