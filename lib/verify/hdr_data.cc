// HDR: whether the header of a data file tells the truth about its size, and which layout its tables have (format-facts
// 2.1, 2.3).
#include "ptetool/base/text.h"
#include "verify/hdr.h"

namespace ptetool::verify {

namespace {

void data_has_header(const ptd::DataFile& data, Context& context) {
  if (!data.header) context.report("header", 8, "has no 'FH01' header");
}

void data_has_head(const ptd::DataFile& data, Context& context) {
  if (data.file->size() >= kHeadBytes) return;
  context.report("", 0, "has " + counted(data.file->size(), "byte") + ", the least that loads is 64");
}

void data_base_behind_tables(const ptd::DataFile& data, Context& context) {
  if (!data.header || data.segments.empty() || data.header->segment_base_offset >= data.flatbuffer_end) return;
  context.report("header.segment_base_offset", 32,
                 "segments begin at " + std::to_string(data.header->segment_base_offset) +
                     ", inside the flatbuffer that ends at " + std::to_string(data.flatbuffer_end));
}

void data_area_in_file(const ptd::DataFile& data, Context& context) {
  if (!data.header) return;
  const ptd::Header& header = *data.header;
  if (range_within(header.segment_base_offset, header.segment_data_size, data.file->size())) return;
  context.report("header.segment_data_size", 40,
                 beyond(header.segment_base_offset, header.segment_data_size, data.file->size()));
}

void data_layout_known(const ptd::DataFile& data, Context& context) {
  if (data.layout != ptd::Layout::V06) return;
  context.report("", 0,
                 "has the layout of v0.6, which has the same identifier but other tables than every later release");
}

void data_version(const ptd::DataFile& data, Context& context) {
  if (data.version == 0) return;
  context.report("version", std::nullopt, "is " + std::to_string(data.version) + ", every release so far writes 0");
}

void data_trailing_bytes(const ptd::DataFile& data, Context& context) {
  if (!data.header) return;
  const auto end = checked_add(data.header->segment_base_offset, data.header->segment_data_size);
  if (!end || *end >= data.file->size()) return;
  context.report("", *end, counted(data.file->size() - *end, "byte") + " behind the end that the header tells");
}

constexpr Rule kRules[] = {
    {{.id = "HDR020",
      .guards_execution = true,
      .title = "a data file has its header",
      .cause = "a flatbuffer that was written without ExecuTorch's serialiser",
      .effect = "ExecuTorch's data map does not open the file (NotFound)",
      .cure = "write the file with ExecuTorch's serialiser or with ptetool"},
     data_has_header},
    {{.id = "HDR021",
      .title = "a data file has at least 64 bytes",
      .cause = "a hand-made or truncated file",
      .effect = "ExecuTorch's data map refuses shorter files",
      .cure = "write the file again"},
     data_has_head},
    {{.id = "HDR022",
      .title = "the segment area of a data file begins behind the flatbuffer",
      .cause = "a damaged header",
      .effect = "ExecuTorch does not check this and takes bytes of the tables for weights",
      .cure = "take the file from its source again"},
     data_base_behind_tables},
    {{.id = "HDR023",
      .guards_execution = true,
      .title = "the segment area of a data file ends inside the file",
      .cause = "an interrupted copy or download",
      .effect = "ExecuTorch refuses the file with InvalidExternalData",
      .cure = "copy the file again"},
     data_area_in_file},
    {{.id = "HDR024",
      .severity = Severity::Warning,
      .title = "a data file has the table layout of v0.7 and later",
      .cause = "the file was exported with v0.6",
      .effect = "releases from v0.7 on take its fields for others and read wrong memory: they have no verifier",
      .cure = "export the data again, or convert it with ptetool; only v0.6 reads this file as it is"},
     data_layout_known},
    {{.id = "HDR025",
      .severity = Severity::Note,
      .title = "the data file's version is 0",
      .cause = "a release newer than this tool, or another writer",
      .effect = "none: ExecuTorch never looks at the version",
      .cure = "none is needed"},
     data_version},
    {{.id = "HDR026",
      .severity = Severity::Note,
      .title = "a data file ends where its header says",
      .cause = "something was appended to the file",
      .effect = "none: ExecuTorch allows bytes behind the end",
      .cure = "none is needed"},
     data_trailing_bytes},
};

}  // namespace

std::span<const Rule> hdr_data_rules() { return kRules; }

}  // namespace ptetool::verify
