// Reads by the schema of ET02 (schema/program_et02.fbs): strides become dim orders, and its two lists of calls, of
// kernels and of delegates, one list of instructions.
#include "format/pte_et02.h"

#include <algorithm>
#include <deque>
#include <numeric>

#include "format/flatbuffer.h"
#include "program_et02_generated.h"

namespace ptetool::pte {

namespace fb = ptetool::fb::et02;
using format::convert_all;
using format::items;
using format::text;

namespace {

// Numbers that today's model holds in another type than the file does.
struct Converted {
  std::deque<std::vector<std::uint8_t>> dim_orders;
  std::vector<std::int64_t> buffer_sizes;
};

class Converter {
 public:
  Converter(ByteView bytes, Converted& converted) : bytes_(bytes), converted_(converted) {}

  std::uint64_t at(const void* object) const { return format::offset_in(bytes_, object); }

  Tensor tensor(const fb::Tensor& table) {
    Tensor tensor;
    tensor.scalar_type = static_cast<ScalarType>(table.scalar_type());
    tensor.storage_offset = table.storage_offset();
    tensor.sizes = items(table.sizes());
    tensor.dim_order = dim_order(items(table.strides()));
    tensor.requires_grad = table.requires_grad();
    tensor.data_buffer_idx = table.constant_buffer_idx();
    if (const auto* details = table.allocation_info()) {
      tensor.allocation_info = AllocationDetails{details->memory_id(), details->memory_offset()};
    }
    tensor.layout = table.layout();
    tensor.shape_dynamism = static_cast<ShapeDynamism>(table.shape_dynamism());
    return tensor;
  }

  ExecutionPlan plan(const fb::ExecutionPlan& table) {
    ExecutionPlan plan;
    plan.offset = at(&table);
    plan.inputs = items(table.inputs());
    plan.outputs = items(table.outputs());
    plan.values = convert_all<Value>(table.values(), [&](const fb::EValue& value) {
      Value result;
      result.offset = at(&value);
      result.content = UnknownValue{static_cast<std::uint8_t>(value.val_type())};
      if (value.val_type() == fb::KernelTypes::Null) result.content = Null{};
      if (const auto* content = value.val_as_Tensor()) result.content = tensor(*content);
      return result;
    });
    plan.chains = convert_all<Chain>(table.chains(), [&](const fb::Chain& each) { return chain(each); });
    plan.operators = convert_all<Operator>(table.operators(), [&](const fb::Operator& op) {
      return Operator{text(op.name()), text(op.overload()), at(&op)};
    });
    plan.present = {table.values() != nullptr,
                    table.inputs() != nullptr,
                    table.outputs() != nullptr,
                    table.chains() != nullptr,
                    table.operators() != nullptr,
                    table.delegates() != nullptr,
                    true};
    return plan;
  }

 private:
  // From the outermost dimension (largest stride) to the innermost.
  std::span<const std::uint8_t> dim_order(std::span<const std::int32_t> strides) {
    if (strides.size() > 255) return {};
    std::vector<std::uint8_t>& order = converted_.dim_orders.emplace_back(strides.size());
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    std::ranges::stable_sort(order, [&](std::uint8_t a, std::uint8_t b) { return strides[a] > strides[b]; });
    return order;
  }

  // `order` tells by which kind the calls follow each other: 0 a kernel, 1 a delegate.
  Chain chain(const fb::Chain& table) const {
    Chain chain;
    chain.offset = at(&table);
    chain.inputs = items(table.inputs());
    chain.outputs = items(table.outputs());
    chain.has_instructions = true;
    auto kernels = convert_all<Instruction>(table.kernel_calls(), [&](const fb::KernelCall& call) {
      return Instruction{KernelCall{call.op_index(), items(call.args())}, at(&call)};
    });
    auto delegates = convert_all<Instruction>(table.delegate_calls(), [&](const fb::DelegateCall& call) {
      return Instruction{DelegateCall{call.delegate_index(), items(call.args())}, at(&call)};
    });
    std::size_t kernel = 0;
    std::size_t delegate = 0;
    for (const std::uint8_t kind : items(table.order())) {
      if (kind == 0 && kernel < kernels.size()) chain.instructions.push_back(kernels[kernel++]);
      if (kind == 1 && delegate < delegates.size()) chain.instructions.push_back(delegates[delegate++]);
    }
    return chain;
  }

  ByteView bytes_;
  Converted& converted_;
};

}  // namespace

Result<> read_et02(Program& program) {
  const ByteView bytes = program.file->bytes();
  program.flatbuffer_size = bytes.size();
  PTETOOL_ASSIGN(const fb::Program* root,
                 format::verified_root<fb::Program>(bytes, program.file->name(), "the program flatbuffer (ET02)"));
  const auto converted = std::make_shared<Converted>();
  Converter convert(bytes, *converted);
  program.converted = converted;
  program.root_offset = convert.at(root);
  program.version = root->version();
  program.has_execution_plan = root->execution_plan() != nullptr;
  const auto raw = [&](const flatbuffers::Vector<std::uint8_t>* vector) {
    return vector ? InlineData{ByteView(vector->data(), vector->size()), convert.at(vector->data())} : InlineData{};
  };
  program.constant_buffer =
      convert_all<InlineData>(root->constant_buffer(), [&](const fb::Buffer& buffer) { return raw(buffer.storage()); });
  for (const std::int32_t size : items(root->non_const_buffer_sizes())) converted->buffer_sizes.push_back(size);
  if (!root->execution_plan()) return {};
  for (const fb::ExecutionPlan* table : *root->execution_plan()) {
    ExecutionPlan plan = convert.plan(*table);
    plan.non_const_buffer_sizes = converted->buffer_sizes;
    if (const auto* container = root->container_meta_type()) {
      plan.encoded_inp_str = text(container->encoded_inp_str());
      plan.encoded_out_str = text(container->encoded_out_str());
    }
    for (const BackendDelegate& delegate :
         convert_all<BackendDelegate>(table->delegates(), [&](const fb::BackendDelegate& each) {
           program.backend_delegate_data.push_back(raw(each.processed()));
           return BackendDelegate{text(each.id()),
                                  each.processed() != nullptr,
                                  DataLocation::Inline,
                                  static_cast<std::uint32_t>(program.backend_delegate_data.size() - 1),
                                  {},
                                  convert.at(&each)};
         })) {
      plan.delegates.push_back(delegate);
    }
    program.execution_plan.push_back(std::move(plan));
  }
  return {};
}

}  // namespace ptetool::pte
