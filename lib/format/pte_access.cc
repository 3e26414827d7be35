// What a program refers to: segments, constants, initial state, delegate payloads, each checked where it is taken.
#include "ptetool/base/text.h"
#include "ptetool/format/pte.h"

namespace ptetool::pte {

namespace {

Failure out_of_range(const Program& program, std::string path, std::string message, std::uint64_t offset) {
  return fail(ErrorCode::Malformed, program.file->name(), std::move(path), std::move(message), offset);
}

// The `size` bytes of buffer `index` in a segment that is divided by an offset table.
Result<ByteView> subsegment_bytes(const Program& program, const SubsegmentOffsets& table, std::string_view name,
                                  std::uint32_t index, std::uint64_t size) {
  if (index >= table.offsets.size()) {
    return out_of_range(
        program, std::string(name) + ".offsets",
        "buffer " + std::to_string(index) + " of " + std::to_string(table.offsets.size()) + " does not exist",
        table.table_offset);
  }
  PTETOOL_ASSIGN(const ByteView segment, program.segment_bytes(table.segment_index));
  const auto part = subview(segment, table.offsets[index], size);
  if (!part) {
    return out_of_range(program, indexed(std::string(name) + ".offsets", index),
                        "bytes " + std::to_string(table.offsets[index]) + " to +" + std::to_string(size) +
                            " leave the segment of " + std::to_string(segment.size()) + " bytes",
                        table.table_offset);
  }
  return *part;
}

}  // namespace

std::string_view kind_name(const Value& value) {
  constexpr std::string_view kNames[] = {"unknown",    "Null",     "Int",        "Bool",
                                         "Double",     "Tensor",   "String",     "IntList",
                                         "DoubleList", "BoolList", "TensorList", "OptionalTensorList"};
  return kNames[value.content.index()];
}

std::string Operator::full_name() const {
  std::string full(name);
  if (!overload.empty()) full += "." + std::string(overload);
  return full;
}

const Value* ExecutionPlan::find_value(std::int64_t index) const {
  return index >= 0 && static_cast<std::uint64_t>(index) < values.size() ? &values[static_cast<std::size_t>(index)]
                                                                         : nullptr;
}

bool ExecutionPlan::constant_method() const {
  if (!inputs.empty() || !delegates.empty()) return false;
  for (const Chain& chain : chains) {
    if (!chain.instructions.empty()) return false;
  }
  return true;
}

Result<ByteView> Program::segment_bytes(std::uint64_t index) const {
  const std::string path = indexed("segments", index);
  if (index >= segments.size()) {
    return out_of_range(*this, path, "does not exist; the program has " + counted(segments.size(), "segment"),
                        root_offset);
  }
  const Segment& segment = segments[static_cast<std::size_t>(index)];
  if (segment.size == 0) return ByteView();
  if (!header || header->segment_base_offset == 0) {
    return out_of_range(*this, path, "has " + counted(segment.size, "byte") + ", but the file has no segment area",
                        segment.table_offset);
  }
  const std::uint64_t area = header->segment_data_size;
  if (area != 0 && !range_within(segment.offset, segment.size, area)) {
    return out_of_range(*this, path,
                        "bytes " + std::to_string(segment.offset) + " to +" + std::to_string(segment.size) +
                            " leave the segment area of " + std::to_string(area) + " bytes",
                        segment.table_offset);
  }
  const auto start = checked_add(header->segment_base_offset, segment.offset);
  const auto part = start ? subview(file->bytes(), *start, segment.size) : std::nullopt;
  if (!part) {
    return out_of_range(*this, path,
                        "ends beyond the file (base " + std::to_string(header->segment_base_offset) + " + offset " +
                            std::to_string(segment.offset) + " + size " + std::to_string(segment.size) + ", file " +
                            std::to_string(file->size()) + "): the file is cut off",
                        segment.table_offset);
  }
  return *part;
}

Result<ByteView> Program::constant_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const {
  if (!constant_buffer.empty()) {
    const std::string path = indexed("constant_buffer", data_buffer_idx);
    if (data_buffer_idx >= constant_buffer.size()) {
      return out_of_range(*this, path, "does not exist; there are " + std::to_string(constant_buffer.size()),
                          root_offset);
    }
    const InlineData& buffer = constant_buffer[data_buffer_idx];
    const auto part = subview(buffer.data, 0, size);
    if (!part) {
      return out_of_range(*this, path,
                          "has " + counted(buffer.data.size(), "byte") + ", the tensor needs " + std::to_string(size),
                          buffer.offset);
    }
    return *part;
  }
  if (!constant_segment) {
    return out_of_range(*this, "constant_segment",
                        "is absent, but constant " + std::to_string(data_buffer_idx) + " is used", root_offset);
  }
  return subsegment_bytes(*this, *constant_segment, "constant_segment", data_buffer_idx, size);
}

Result<ByteView> Program::initial_state_bytes(std::uint32_t data_buffer_idx, std::uint64_t size) const {
  if (mutable_data_segments.empty()) {
    return out_of_range(*this, "mutable_data_segments",
                        "is absent, but initial state " + std::to_string(data_buffer_idx) + " is used", root_offset);
  }
  return subsegment_bytes(*this, mutable_data_segments[0], "mutable_data_segments[0]", data_buffer_idx, size);
}

Result<ByteView> Program::delegate_bytes(const BackendDelegate& delegate) const {
  if (!delegate.has_processed) {
    return out_of_range(*this, "processed", "is absent: the delegate has no payload", delegate.offset);
  }
  if (delegate.location == DataLocation::Segment) return segment_bytes(delegate.index);
  if (delegate.location != DataLocation::Inline) {
    return out_of_range(*this, "processed.location",
                        "has the unknown value " + std::to_string(static_cast<int>(delegate.location)),
                        delegate.offset);
  }
  if (delegate.index >= backend_delegate_data.size()) {
    return out_of_range(*this, indexed("backend_delegate_data", delegate.index),
                        "does not exist; there are " + std::to_string(backend_delegate_data.size()), delegate.offset);
  }
  return backend_delegate_data[delegate.index].data;
}

const ExecutionPlan* Program::find_method(std::string_view name) const {
  for (const ExecutionPlan& plan : execution_plan) {
    if (plan.name == name) return &plan;
  }
  return nullptr;
}

std::uint64_t Program::offset_of(ByteView part) const {
  const auto* start = file->bytes().data();
  if (part.data() < start || part.data() > start + file->size()) return 0;
  return static_cast<std::uint64_t>(part.data() - start);
}

std::optional<std::uint64_t> tensor_nbytes(const Tensor& tensor) {
  const auto count = checked_numel(tensor.sizes);
  const auto size = dtype_size(tensor.scalar_type);
  if (!count || !size) return std::nullopt;
  return checked_mul(static_cast<std::uint64_t>(*count), *size);
}

}  // namespace ptetool::pte
