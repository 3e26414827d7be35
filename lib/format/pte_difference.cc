// The first place where two programs differ. What writers promise is held against this: a program written back differs
// nowhere, one whose weights were moved differs in nothing but where bytes are kept.
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/format/pte_write.h"

namespace ptetool::pte {

namespace {

using Place = std::optional<std::string>;

bool same(std::string_view a, std::string_view b) { return (a.data() == nullptr) == (b.data() == nullptr) && a == b; }

template <class T>
bool same(std::span<const T> a, std::span<const T> b) {
  return (a.data() == nullptr) == (b.data() == nullptr) && std::ranges::equal(a, b);
}

// "path[i].place" for the first pair that differs; "path" for lists of different lengths.
template <class T, class Difference>
Place first_of(const std::string& path, const std::vector<T>& a, const std::vector<T>& b, Difference&& difference) {
  if (a.size() != b.size()) return path;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const Place place = difference(a[i], b[i])) {
      return indexed(path, i) + (place->empty() ? "" : "." + *place);
    }
  }
  return std::nullopt;
}

Place when(bool differs, std::string place) { return differs ? Place(std::move(place)) : std::nullopt; }

class Comparison {
 public:
  explicit Comparison(const SameOptions& options) : storage_(options.storage) {}

  Place programs(const Program& a, const Program& b) const {
    if (a.version != b.version) return "version";
    if (a.has_execution_plan != b.has_execution_plan) return "execution_plan";
    if (Place place = first_of("execution_plan", a.execution_plan, b.execution_plan,
                               [&](const auto& x, const auto& y) { return plans(x, y); })) {
      return place;
    }
    return storage_ ? tables(a, b) : std::nullopt;
  }

 private:
  static Place tables(const Program& a, const Program& b) {
    const auto inline_data = [](const InlineData& x, const InlineData& y) {
      return when(!same(x.data, y.data), "data");
    };
    const auto offsets = [](const SubsegmentOffsets& x, const SubsegmentOffsets& y) {
      return when(x.segment_index != y.segment_index || !same(x.offsets, y.offsets), "");
    };
    if (Place place = first_of("constant_buffer", a.constant_buffer, b.constant_buffer, inline_data)) return place;
    if (Place place =
            first_of("backend_delegate_data", a.backend_delegate_data, b.backend_delegate_data, inline_data)) {
      return place;
    }
    if (a.has_segments != b.has_segments) return "segments";
    if (Place place = first_of("segments", a.segments, b.segments,
                               [](const Segment& x, const Segment& y) { return when(x.size != y.size, "size"); })) {
      return place;
    }
    if (a.constant_segment.has_value() != b.constant_segment.has_value()) return "constant_segment";
    if (a.constant_segment && offsets(*a.constant_segment, *b.constant_segment)) return "constant_segment";
    if (Place place = first_of("mutable_data_segments", a.mutable_data_segments, b.mutable_data_segments, offsets)) {
      return place;
    }
    if (a.has_named_data != b.has_named_data) return "named_data";
    return first_of("named_data", a.named_data, b.named_data, [](const NamedData& x, const NamedData& y) {
      return when(!same(x.key, y.key) || x.segment_index != y.segment_index, "");
    });
  }

  Place plans(const ExecutionPlan& a, const ExecutionPlan& b) const {
    if (!same(a.name, b.name)) return "name";
    if (!same(a.encoded_inp_str, b.encoded_inp_str)) return "encoded_inp_str";
    if (!same(a.encoded_out_str, b.encoded_out_str)) return "encoded_out_str";
    if (!same(a.inputs, b.inputs)) return "inputs";
    if (!same(a.outputs, b.outputs)) return "outputs";
    if (!same(a.non_const_buffer_sizes, b.non_const_buffer_sizes)) return "non_const_buffer_sizes";
    if (a.present.values != b.present.values) return "values";
    if (a.present.chains != b.present.chains) return "chains";
    if (a.present.operators != b.present.operators) return "operators";
    if (a.present.delegates != b.present.delegates) return "delegates";
    if (Place place =
            first_of("values", a.values, b.values, [&](const Value& x, const Value& y) { return values(x, y); })) {
      return place;
    }
    if (Place place = first_of("chains", a.chains, b.chains, chains)) return place;
    if (Place place = first_of("operators", a.operators, b.operators, [](const Operator& x, const Operator& y) {
          return when(!same(x.name, y.name) || !same(x.overload, y.overload), "");
        })) {
      return place;
    }
    if (Place place = first_of("delegates", a.delegates, b.delegates,
                               [&](const auto& x, const auto& y) { return delegates(x, y); })) {
      return place;
    }
    return first_of(
        "non_const_buffer_device", a.non_const_buffer_device, b.non_const_buffer_device,
        [](const BufferDevice& x, const BufferDevice& y) {
          return when(
              x.buffer_idx != y.buffer_idx || x.device_type != y.device_type || x.device_index != y.device_index, "");
        });
  }

  Place values(const Value& a, const Value& b) const {
    if (a.content.index() != b.content.index()) return "kind";
    return std::visit([&](const auto& x) { return content(x, std::get<std::remove_cvref_t<decltype(x)>>(b.content)); },
                      a.content);
  }

  static Place content(const UnknownValue& a, const UnknownValue& b) { return when(a.type != b.type, "kind"); }
  static Place content(const Null&, const Null&) { return std::nullopt; }
  static Place content(const Double& a, const Double& b) {  // by bits: NaN is itself, -0 is not 0
    return when(std::bit_cast<std::uint64_t>(a.value) != std::bit_cast<std::uint64_t>(b.value), "value");
  }
  static Place content(const String& a, const String& b) { return when(!same(a.value, b.value), "value"); }
  static Place content(const DoubleList& a, const DoubleList& b) {
    return when(as_text(bytes_of(a.items)) != as_text(bytes_of(b.items)) ||
                    (a.items.data() == nullptr) != (b.items.data() == nullptr),
                "items");
  }
  Place content(const Tensor& a, const Tensor& b) const {
    if (a.scalar_type != b.scalar_type) return "scalar_type";
    if (a.storage_offset != b.storage_offset) return "storage_offset";
    if (!same(a.sizes, b.sizes)) return "sizes";
    if (!same(a.dim_order, b.dim_order)) return "dim_order";
    if (a.requires_grad != b.requires_grad) return "requires_grad";
    if (a.layout != b.layout) return "layout";
    if (a.shape_dynamism != b.shape_dynamism) return "shape_dynamism";
    if (a.allocation_info.has_value() != b.allocation_info.has_value()) return "allocation_info";
    if (a.allocation_info && (a.allocation_info->memory_id != b.allocation_info->memory_id ||
                              a.allocation_info->memory_offset != b.allocation_info->memory_offset)) {
      return "allocation_info";
    }
    const bool has_content = a.external() || a.data_buffer_idx != 0;
    if (!storage_ && has_content) return when(!b.external() && b.data_buffer_idx == 0, "data_buffer_idx");
    if (a.data_buffer_idx != b.data_buffer_idx) return "data_buffer_idx";
    if (a.extra_tensor_info.has_value() != b.extra_tensor_info.has_value()) return "extra_tensor_info";
    if (!a.extra_tensor_info) return std::nullopt;
    const ExtraTensorInfo& x = *a.extra_tensor_info;
    const ExtraTensorInfo& y = *b.extra_tensor_info;
    return when(x.mutable_data_segments_idx != y.mutable_data_segments_idx || x.location != y.location ||
                    x.device_type != y.device_type || x.device_index != y.device_index ||
                    !same(x.fully_qualified_name, y.fully_qualified_name),
                "extra_tensor_info");
  }
  template <class T>
  static Place content(const T& a, const T& b) requires requires {
    a.items;
  }
  { return when(!same(a.items, b.items), "items"); }
  template <class T>
  static Place content(const T& a, const T& b) requires requires {
    a.value == b.value;
  }
  { return when(a.value != b.value, "value"); }

  static Place chains(const Chain& a, const Chain& b) {
    if (!same(a.inputs, b.inputs)) return "inputs";
    if (!same(a.outputs, b.outputs)) return "outputs";
    if (a.has_instructions != b.has_instructions) return "instructions";
    if (Place place = first_of("instructions", a.instructions, b.instructions, instructions)) return place;
    return first_of("stacktrace", a.stacktrace, b.stacktrace,
                    [](const std::vector<Frame>& x, const std::vector<Frame>& y) {
                      return first_of("items", x, y, [](const Frame& one, const Frame& other) {
                        return when(!same(one.filename, other.filename) || one.lineno != other.lineno ||
                                        !same(one.name, other.name) || !same(one.context, other.context),
                                    "");
                      });
                    });
  }

  static Place instructions(const Instruction& a, const Instruction& b) {
    if (a.content.index() != b.content.index()) return "kind";
    return std::visit(
        [&](const auto& x) { return when(!equal(x, std::get<std::remove_cvref_t<decltype(x)>>(b.content)), ""); },
        a.content);
  }
  static bool equal(const UnknownInstruction& a, const UnknownInstruction& b) { return a.type == b.type; }
  static bool equal(const KernelCall& a, const KernelCall& b) {
    return a.op_index == b.op_index && same(a.args, b.args);
  }
  static bool equal(const DelegateCall& a, const DelegateCall& b) {
    return a.delegate_index == b.delegate_index && same(a.args, b.args);
  }
  static bool equal(const MoveCall& a, const MoveCall& b) {
    return a.move_from == b.move_from && a.move_to == b.move_to;
  }
  static bool equal(const JumpFalseCall& a, const JumpFalseCall& b) {
    return a.cond_value_index == b.cond_value_index && a.destination_instruction == b.destination_instruction;
  }
  static bool equal(const FreeCall& a, const FreeCall& b) { return a.value_index == b.value_index; }

  Place delegates(const BackendDelegate& a, const BackendDelegate& b) const {
    if (!same(a.id, b.id)) return "id";
    if (a.has_processed != b.has_processed) return "processed";
    if (storage_ && (a.location != b.location || a.index != b.index)) return "processed";
    return first_of("compile_specs", a.compile_specs, b.compile_specs, [](const CompileSpec& x, const CompileSpec& y) {
      return when(!same(x.key, y.key) || !same(x.value, y.value), "");
    });
  }

  bool storage_;
};

}  // namespace

std::optional<std::string> first_difference(const Program& a, const Program& b, const SameOptions& options) {
  return Comparison(options).programs(a, b);
}

}  // namespace ptetool::pte
