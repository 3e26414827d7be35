// A search for each kind of file, in the order in which names mean things: tensors, keys, stored places, payloads,
// segments.
#include "ptetool/layout/extract.h"

#include <charconv>

#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/link/model.h"
#include "ptetool/tensor/npy.h"

namespace ptetool::layout {

namespace {

using Found = std::optional<Result<Extract>>;  // nullopt: there is nothing of this name

Result<Extract> extract_of(std::string_view name, const Result<ByteView>& bytes, const File& file, std::uint64_t offset,
                           std::optional<ptd::TensorLayout> layout = std::nullopt) {
  if (!bytes) return Failure(bytes.error());
  return Extract{std::string(name), *bytes, layout, &file, offset};
}

std::optional<std::size_t> segment_number(std::string_view name) {
  constexpr std::string_view kPrefix = "segment ";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

template <class Container>
Found segment(const Container& container, std::string_view name) {
  const auto number = segment_number(name);
  if (!number || *number >= container.segments.size()) return std::nullopt;
  const auto bytes = container.segment_bytes(*number);
  return extract_of("segment " + std::to_string(*number), bytes, *container.file,
                    bytes ? container.offset_of(*bytes) : 0);
}

Result<Extract> entry_extract(const Model& model, std::string_view name, const NamedEntry& entry,
                              std::optional<ptd::TensorLayout> layout) {
  const bool inside = entry.data_file == NamedEntry::kInProgram;
  const std::uint64_t offset = !entry.bytes ? 0
                               : inside     ? model.program->offset_of(*entry.bytes)
                                            : model.data[entry.data_file]->offset_of(*entry.bytes);
  return extract_of(name, entry.bytes, model.file_of(entry), offset, layout ? layout : entry.layout);
}

Result<Extract> tensor_extract(const Model& model, std::string_view name, const pte::Tensor& tensor) {
  const pte::Program& program = *model.program;
  const ptd::TensorLayout layout{tensor.scalar_type, tensor.sizes, tensor.dim_order};
  if (tensor.external()) {
    const auto entries = model.find(tensor.name());
    for (const std::size_t e : entries) {
      if (model.entries[e].data_file != NamedEntry::kInProgram) {
        return entry_extract(model, name, model.entries[e], layout);
      }
    }
    return fail(ErrorCode::Missing, program.file->name(), "",
                quoted(name) + " is in a data file that was not given; pass it with --data");
  }
  const std::uint64_t nbytes = pte::tensor_nbytes(tensor).value_or(0);
  const auto bytes = tensor.constant() ? program.constant_bytes(tensor.data_buffer_idx, nbytes)
                                       : program.initial_state_bytes(tensor.data_buffer_idx, nbytes);
  return extract_of(name, bytes, *program.file, bytes ? program.offset_of(*bytes) : 0, layout);
}

// Does the tensor have content, and this name, or (`stored`) this place?
bool is_named(const pte::Tensor& tensor, std::string_view name, bool stored) {
  if (!tensor.external() && tensor.data_buffer_idx == 0) return false;
  if (!stored) return !tensor.name().empty() && tensor.name() == name;
  if (tensor.external()) return false;
  return name == (tensor.constant() ? "constant " : "initial state ") + std::to_string(tensor.data_buffer_idx);
}

Found named_tensor(const Model& model, std::string_view name, bool stored) {
  for (const pte::ExecutionPlan& plan : model.program->execution_plan) {
    for (const pte::Value& value : plan.values) {
      if (value.tensor() && is_named(*value.tensor(), name, stored)) {
        return tensor_extract(model, name, *value.tensor());
      }
    }
  }
  return std::nullopt;
}

Found payload(const Model& model, std::string_view name) {
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate_place(model.program->execution_plan[delegate.plan], delegate.index) != name) continue;
    return extract_of(name, delegate.payload, *model.program->file,
                      delegate.payload ? model.program->offset_of(*delegate.payload) : 0);
  }
  return std::nullopt;
}

Found of_program(const Model& model, std::string_view name) {
  if (auto found = named_tensor(model, name, false)) return found;
  const auto entries = model.find(name);
  if (!entries.empty()) return entry_extract(model, name, model.entries[entries.front()], std::nullopt);
  if (auto found = named_tensor(model, name, true)) return found;
  if (auto found = payload(model, name)) return found;
  return segment(*model.program, name);
}

Found of_data(const ptd::DataFile& data, std::string_view name) {
  for (const ptd::Entry& entry : data.entries) {
    if (entry.key != name) continue;
    const auto bytes = data.entry_bytes(entry);
    return extract_of(name, bytes, *data.file, bytes ? data.offset_of(*bytes) : 0, entry.tensor_layout);
  }
  return segment(data, name);
}

Result<Tensor> array_of(const Extract& extract) {
  const ptd::TensorLayout& layout = *extract.layout;
  const auto nbytes = ptd::layout_nbytes(layout);
  if (!nbytes || *nbytes != extract.bytes.size() || layout.sizes.size() > kMaxRank ||
      layout.dim_order.size() != layout.sizes.size() || !is_permutation(layout.dim_order)) {
    return fail(ErrorCode::Malformed, extract.file->name(), "",
                quoted(extract.name) + " is no array: " + type_text(layout) + " of " +
                    counted(extract.bytes.size(), "byte") + "; write it to a name that does not end in .npy");
  }
  const std::vector<std::int64_t> sizes(layout.sizes.begin(), layout.sizes.end());
  Tensor tensor = make_tensor(layout.scalar_type, sizes, layout.dim_order);
  // Never written through.
  tensor.data = const_cast<std::uint8_t*>(extract.bytes.data());
  tensor.read_only = true;
  return tensor;
}

}  // namespace

Result<Extract> find_extract(const InspectInput& input, std::string_view name) {
  const Artifact& artifact = input.artifact;
  Found found;
  if (const auto program = artifact.program()) {
    const Model model = link(program, input.data);
    found = of_program(model, name);
    if (!found && name == "program" && artifact.kind == FileKind::BundledProgram) {
      return extract_of(name, program->file->bytes(), *program->file, 0);
    }
  } else if (const auto data = artifact.data_file()) {
    found = of_data(*data, name);
  } else {
    return fail(ErrorCode::Unsupported, artifact.file->name(), "",
                "is " + std::string(describe(artifact.kind)) + ", of which nothing can be extracted");
  }
  if (found) return std::move(*found);
  return fail(
      ErrorCode::Missing, artifact.file->name(), "",
      "has nothing that is called " + quoted(name) + "; --show tensors,data,delegates,segments tells the names");
}

Result<> write_extract(const Extract& extract, const std::string& path) {
  if (!path.ends_with(".npy")) return write_file(path, extract.bytes);
  if (!extract.layout) {
    return fail(ErrorCode::Usage, extract.file->name(), "",
                quoted(extract.name) + " has no type and sizes of its own, so it cannot be written as .npy");
  }
  PTETOOL_ASSIGN(const Tensor tensor, array_of(extract));
  PTETOOL_ASSIGN(const auto bytes, write_npy(tensor));
  return write_file(path, bytes);
}

}  // namespace ptetool::layout
