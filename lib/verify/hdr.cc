// HDR: what a file is, and whether the header of a program tells the truth about its size (format-facts 1.1, 7.1).
#include "verify/hdr.h"
#include "ptetool/base/text.h"

namespace ptetool::verify {

namespace {

bool cut_off(const Error& error) { return error.message.ends_with("the file is cut off"); }

bool stranger(const ReadFailure& failure) { return !readable(failure.kind) && failure.kind != FileKind::Empty; }

bool too_short(const ReadFailure& failure) {
  return failure.kind == FileKind::Empty ||
         (readable(failure.kind) && failure.file.size() < kHeadBytes && failure.error.code == ErrorCode::Malformed &&
          !about_header(failure.error));
}

bool broken_header(const ReadFailure& failure) { return about_header(failure.error) && !cut_off(failure.error); }

bool shorter_than_header(const ReadFailure& failure) { return about_header(failure.error) && cut_off(failure.error); }

bool wrong_role(const ReadFailure& failure) {
  return readable(failure.kind) && failure.error.code == ErrorCode::WrongKind;
}

void identifier_released(const pte::Program& program, Context& context) {
  if (program.identifier == "ET12") return;
  context.report("", 4,
                 "has the identifier " + quoted(program.identifier) +
                     " of the months before the first release; nothing else was looked at");
}

void program_has_head(const pte::Program& program, Context& context) {
  if (program.file->size() >= kHeadBytes) return;
  context.report("", 0, "has " + counted(program.file->size(), "byte") + ", the least that loads is 64");
}

void program_base_behind_tables(const pte::Program& program, Context& context) {
  const auto& header = program.header;
  if (!header || header->segment_base_offset == 0 || header->segment_base_offset >= header->program_size) return;
  context.report("extended header.segment_base_offset", 24,
                 "segments begin at " + std::to_string(header->segment_base_offset) +
                     ", inside the flatbuffer that ends at " + std::to_string(header->program_size));
}

// The end that the header promises; nullopt where it promises none, or one that no number holds.
std::optional<std::uint64_t> promised_end(const pte::ExtendedHeader& header) {
  if (header.segment_data_size == 0) {
    return header.segment_base_offset == 0 ? std::optional(header.program_size) : std::nullopt;
  }
  return checked_add(header.segment_base_offset, header.segment_data_size);
}

void program_area_in_file(const pte::Program& program, Context& context) {
  const auto& header = program.header;
  if (!header || header->segment_data_size == 0) return;
  if (range_within(header->segment_base_offset, header->segment_data_size, program.file->size())) return;
  context.report("extended header.segment_data_size", 32,
                 beyond(header->segment_base_offset, header->segment_data_size, program.file->size()));
}

void program_trailing_bytes(const pte::Program& program, Context& context) {
  const auto end = program.header ? promised_end(*program.header) : std::nullopt;
  if (!end || *end >= program.file->size()) return;
  context.report("", *end, counted(program.file->size() - *end, "byte") + " behind the end that the header tells");
}

void program_header_length(const pte::Program& program, Context& context) {
  if (!program.header || program.header->length == 24 || program.header->length == 32) return;
  context.report("extended header.length", 12,
                 "is " + std::to_string(program.header->length) + ", known are 24 (up to v0.7) and 32 (since v1.0)");
}

void program_version(const pte::Program& program, Context& context) {
  if (program.version == 0) return;
  context.report("version", program.root_offset,
                 "is " + std::to_string(program.version) + ", every release so far writes 0");
}

void program_size_told(const pte::Program& program, Context& context) {
  const auto& header = program.header;
  if (!header || header->length < 32 || header->segment_base_offset == 0 || header->segment_data_size != 0) return;
  context.report("extended header.segment_data_size", 32, "is 0 although there is a segment area");
}

void bundle_identifier(const Bundle& bundle, Context& context) {
  if (bundle.bundle.identifier == "BP08") return;
  context.report(
      "", 4, "has the identifier " + quoted(bundle.bundle.identifier) + " of v0.1; later releases read 'BP08' only");
}

constexpr Rule kRules[] = {
    {{.id = "HDR001",
      .title = "the file is of a kind that ptetool reads",
      .cause = "another format, a failed download saved as a page, or a pointer that git-lfs did not replace",
      .effect = "ExecuTorch answers InvalidProgram or InvalidExternalData",
      .cure = "give the .pte, .ptd or .bpte file itself; fetch it again if it was downloaded"},
     stranger},
    {{.id = "HDR002",
      .title = "the file is long enough to be one of ours",
      .cause = "an interrupted copy or export",
      .effect = "ExecuTorch reads 64 bytes before anything else and refuses shorter files with InvalidArgument",
      .cure = "copy or export the file again"},
     too_short},
    {{.id = "HDR003",
      .guards_execution = true,
      .title = "a program has the identifier that releases read",
      .cause = "a file of a pre-release of 2023",
      .effect = "every release reads 'ET12' only: check_header answers IncompatibleVersion, loading InvalidProgram",
      .cure = "export the model again with a release"},
     identifier_released},
    {{.id = "HDR004",
      .title = "the extended header is whole and of a length that exists",
      .cause = "damaged bytes behind the identifier, or a tool that wrote the header wrongly",
      .effect = "ExecuTorch refuses with InvalidProgram (programs) or InvalidExternalData (data files)",
      .cure = "take the file from its source again"},
     broken_header},
    {{.id = "HDR005",
      .title = "the file is as long as its header says",
      .cause = "an interrupted copy or download, a full disk",
      .effect =
          "ExecuTorch refuses with InvalidProgram or InvalidExternalData, or reads beyond the file where it is mapped",
      .cure = "copy the file again and compare its size with the source's"},
     shorter_than_header},
    {{.id = "HDR006",
      .title = "each file is given in its role",
      .cause = "a program given as data, or a container whose content is not what it says",
      .effect = "ExecuTorch refuses the file where it expects the other kind",
      .cure = "give programs as arguments and data files with --data"},
     wrong_role},
    {{.id = "HDR010",
      .title = "a program has at least 64 bytes",
      .cause = "a hand-made or truncated file",
      .effect = "ExecuTorch's loader refuses shorter files with InvalidArgument before it looks at them",
      .cure = "export the program again"},
     program_has_head},
    {{.id = "HDR011",
      .title = "the segment area begins behind the flatbuffer",
      .cause = "a damaged header, or a tool that changed the flatbuffer without moving the segments",
      .effect = "ExecuTorch does not check this and takes bytes of the tables for weights",
      .cure = "export the program again"},
     program_base_behind_tables},
    {{.id = "HDR012",
      .guards_execution = true,
      .title = "the segment area of a program ends inside the file",
      .cause = "an interrupted copy or download",
      .effect = "ExecuTorch since v1.0 refuses with InvalidProgram where the loader knows the file's size",
      .cure = "copy the file again"},
     program_area_in_file},
    {{.id = "HDR013",
      .severity = Severity::Note,
      .title = "a program ends where its header says",
      .cause = "padding of a flash image, or something appended to the file",
      .effect = "none: ExecuTorch allows bytes behind the end",
      .cure = "none is needed; cut the file at the promised end to save the bytes"},
     program_trailing_bytes},
    {{.id = "HDR014",
      .severity = Severity::Note,
      .title = "the extended header has a length that releases write",
      .cause = "a release newer than this tool, or another writer",
      .effect = "none: ExecuTorch reads the fields that it knows and ignores the rest",
      .cure = "none is needed"},
     program_header_length},
    {{.id = "HDR015",
      .severity = Severity::Note,
      .title = "the program's version is 0",
      .cause = "a release newer than this tool, or another writer",
      .effect = "none: ExecuTorch never looks at the version",
      .cure = "none is needed"},
     program_version},
    {{.id = "HDR016",
      .severity = Severity::Note,
      .title = "a header with a size field fills it",
      .cause = "a writer that does not know the field",
      .effect = "ExecuTorch then skips its check that the file is complete",
      .cure = "export the program with v1.0 or later"},
     program_size_told},
    {{.id = "HDR030",
      .severity = Severity::Warning,
      .title = "a bundled program has the identifier of v0.2 and later",
      .cause = "the bundle was written with v0.1",
      .effect = "later releases do not see a bundle in it and refuse it as a program",
      .cure = "bundle the program again"},
     bundle_identifier},
};

}  // namespace

std::span<const Rule> hdr_rules() { return kRules; }

}  // namespace ptetool::verify
