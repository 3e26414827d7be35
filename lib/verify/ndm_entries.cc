// NDM: the entries of data files (format-facts 2.2, 2.4).
#include <algorithm>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

template <class Function>
void each_entry(const ptd::DataFile& data, Function&& function) {
  for (std::size_t i = 0; i < data.entries.size(); ++i) function(data.entries[i], indexed("named_data", i));
}

void data_keys_present(const ptd::DataFile& data, Context& context) {
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    if (entry.key.empty()) context.report(path + ".key", entry.offset, "is absent or empty");
  });
}

void data_segments_exist(const ptd::DataFile& data, Context& context) {
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    if (entry.segment_index < data.segments.size()) return;
    context.report(
        path + ".segment_index", entry.offset,
        "is " + std::to_string(entry.segment_index) + ", the file has " + counted(data.segments.size(), "segment"));
  });
}

void data_keys_unique(const ptd::DataFile& data, Context& context) {
  each_repeated_key(data.entries, [&](std::size_t first, std::size_t again) {
    context.report(indexed("named_data", again), data.entries[again].offset,
                   quoted(data.entries[again].key) + " is there already, as " + indexed("named_data", first));
  });
}

void layouts_sound(const ptd::DataFile& data, Context& context) {
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    if (!entry.tensor_layout) return;
    const ptd::TensorLayout& layout = *entry.tensor_layout;
    if (!dtype_size(layout.scalar_type)) {
      context.report(path + ".tensor_layout.scalar_type", entry.offset,
                     std::to_string(static_cast<int>(layout.scalar_type)) + " is no element type");
    } else if (layout.sizes.size() > kMaxRank) {
      context.report(path + ".tensor_layout.sizes", entry.offset,
                     "has " + std::to_string(layout.sizes.size()) + " dimensions, the limit is 16");
    } else if (!ptd::layout_nbytes(layout)) {
      context.report(
          path + ".tensor_layout.sizes", entry.offset,
          "are " + shape_text(layout.sizes) + ": a size is negative or the number of bytes does not fit 64 bits");
    }
  });
}

void dim_orders_sound(const ptd::DataFile& data, Context& context) {
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    if (!entry.tensor_layout) return;
    const ptd::TensorLayout& layout = *entry.tensor_layout;
    if (layout.dim_order.size() != layout.sizes.size()) {
      context.report(
          path + ".tensor_layout.dim_order", entry.offset,
          "has " + counted(layout.dim_order.size(), "item") + ", sizes has " + std::to_string(layout.sizes.size()));
    } else if (layout.dim_order.size() <= kMaxRank && !is_permutation(layout.dim_order)) {
      context.report(path + ".tensor_layout.dim_order", entry.offset,
                     "is " + shape_text(layout.dim_order) + ", not a permutation of the dimensions");
    }
  });
}

// function(entry, path, bytes of the layout, bytes of the segment) for tensors of the present layout.
template <class Function>
void each_whole_segment(const ptd::DataFile& data, Function&& function) {
  if (data.layout != ptd::Layout::V07) return;
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    const auto nbytes = entry.tensor_layout ? ptd::layout_nbytes(*entry.tensor_layout) : std::nullopt;
    if (!nbytes || entry.segment_index >= data.segments.size()) return;
    function(entry, path, *nbytes, data.segments[entry.segment_index].size);
  });
}

void tensors_complete(const ptd::DataFile& data, Context& context) {
  each_whole_segment(
      data, [&](const ptd::Entry& entry, const std::string& path, std::uint64_t nbytes, std::uint64_t size) {
        if (nbytes <= size) return;
        context.report(
            path, entry.offset,
            quoted(entry.key) + " takes " + counted(nbytes, "byte") + ", its segment has " + std::to_string(size));
      });
}

void tensors_fill_segments(const ptd::DataFile& data, Context& context) {
  each_whole_segment(
      data, [&](const ptd::Entry& entry, const std::string& path, std::uint64_t nbytes, std::uint64_t size) {
        if (nbytes >= size) return;
        context.report(
            path, entry.offset,
            quoted(entry.key) + " takes " + counted(nbytes, "byte") + ", its segment has " + std::to_string(size));
      });
}

void old_tensors_inside(const ptd::DataFile& data, Context& context) {
  if (data.layout != ptd::Layout::V06) return;
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    if (entry.segment_index >= data.segments.size() || !data.segment_bytes(entry.segment_index)) return;
    if (entry.tensor_layout && !ptd::layout_nbytes(*entry.tensor_layout)) return;
    if (const auto bytes = data.entry_bytes(entry); !bytes) context.report(path, entry.offset, bytes.error().message);
  });
}

void old_tensors_aligned(const ptd::DataFile& data, Context& context) {
  if (data.layout != ptd::Layout::V06) return;
  each_entry(data, [&](const ptd::Entry& entry, const std::string& path) {
    const auto size = entry.tensor_layout ? dtype_size(entry.tensor_layout->scalar_type) : std::nullopt;
    if (!size || entry.offset_in_segment % std::min<std::uint64_t>(*size, 8) == 0) return;
    context.report(path + ".offset", entry.offset,
                   "is " + std::to_string(entry.offset_in_segment) + ", no multiple of the element size");
  });
}

void data_not_empty(const ptd::DataFile& data, Context& context) {
  if (data.has_entries && data.entries.empty()) context.report("named_data", 0, "is empty: the file offers nothing");
}

constexpr Rule kRules[] = {
    {{.id = "NDM005",
      .title = "entries of a data file have keys",
      .cause = "a damaged or hand-made file",
      .effect = "ExecuTorch does not check this and compares with a null pointer",
      .cure = "write the file again"},
     data_keys_present},
    {{.id = "NDM006",
      .guards_execution = true,
      .title = "entries of a data file are in segments that exist",
      .cause = "a damaged file, or a tool that renumbered segments",
      .effect = "ExecuTorch refuses the key with InvalidExternalData",
      .cure = "write the file again"},
     data_segments_exist},
    {{.id = "NDM007",
      .title = "a key of a data file is there once",
      .cause = "files put together by a tool that does not compare keys",
      .effect = "ExecuTorch's Module refuses the file with InvalidArgument, whether the bytes are equal or not",
      .cure = "drop the repeated entry"},
     data_keys_unique},
    {{.id = "NDM008",
      .guards_execution = true,
      .title = "layouts have an element type and sizes that make a tensor",
      .cause = "a damaged file, or a newer element type",
      .effect = "ExecuTorch refuses the tensor with InvalidArgument",
      .cure = "write the file again"},
     layouts_sound},
    {{.id = "NDM009",
      .guards_execution = true,
      .title = "dim orders of layouts are permutations of the dimensions",
      .cause = "a damaged file",
      .effect =
          "ExecuTorch refuses wrong lengths and items that are too large with InvalidArgument; repeated items pass",
      .cure = "write the file again"},
     dim_orders_sound},
    {{.id = "NDM010",
      .guards_execution = true,
      .title = "a tensor's bytes are all in its segment",
      .cause = "a damaged file, or a tool that changed layouts",
      .effect = "ExecuTorch does not compare the two and reads beyond the segment",
      .cure = "write the file again"},
     tensors_complete},
    {{.id = "NDM011",
      .severity = Severity::Note,
      .title = "a tensor fills its segment",
      .cause = "a writer that pads inside segments",
      .effect = "none: ExecuTorch reads the tensor's bytes only",
      .cure = "none is needed"},
     tensors_fill_segments},
    {{.id = "NDM012",
      .guards_execution = true,
      .title = "tensors of a v0.6 data file lie inside their segment",
      .cause = "a damaged file",
      .effect = "ExecuTorch v0.6 reads beyond the segment",
      .cure = "export the data again"},
     old_tensors_inside},
    {{.id = "NDM013",
      .severity = Severity::Warning,
      .title = "tensors of a v0.6 data file lie at multiples of their element size",
      .cause = "a writer that does not align",
      .effect = "kernels read unaligned elements, which some processors refuse",
      .cure = "export the data again"},
     old_tensors_aligned},
    {{.id = "NDM014",
      .severity = Severity::Warning,
      .title = "a data file offers something",
      .cause = "an export without external constants",
      .effect = "ExecuTorch's Module refuses an empty data file with InvalidArgument where it is the only one",
      .cure = "do not pass the file"},
     data_not_empty},
};

}  // namespace

std::span<const Rule> ndm_entry_rules() { return kRules; }

}  // namespace ptetool::verify
