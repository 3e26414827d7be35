// Values become tensors of the stretch when an instruction first reads or writes them; what somebody outside reads is
// an output.
#include "runtime/stretch_reader.h"

namespace ptetool {

bool StretchReader::add(std::size_t instruction) {
  if (state_.chains[chain_][instruction].done) return true;
  const Accesses& accesses = map_.accesses(chain_, instruction);
  const auto& content = state_.plan->chains[chain_].instructions[instruction].content;
  if (const auto* delegate = std::get_if<pte::DelegateCall>(&content)) return add_delegate(instruction, *delegate);
  const auto& call = std::get<pte::KernelCall>(content);
  if (accesses.view_of) {
    const auto sizes = steady_list(call.args[1]);
    if (sizes) viewed_[accesses.view] = {*accesses.view_of, *sizes};
    return sizes.has_value();
  }
  RunOperator added;
  added.op = state_.chains[chain_][instruction].op;
  added.args = call.args;
  Call arguments(*added.op, state_.values, call.args);
  const std::size_t inputs = arguments.out_index();
  for (std::size_t a = 0; a < inputs; ++a) {
    auto& tensors = added.tensors.emplace_back();
    for (const std::size_t value : values_of(arguments.value(a))) {
      const auto tensor = resolve(value);
      if (!tensor) return false;
      tensors.push_back(*tensor);
    }
  }
  for (std::size_t o = 0; o < added.op->schema.outputs; ++o) {
    const Value& out = arguments.value(arguments.out_index(o));
    if (!std::holds_alternative<Tensor>(out)) return false;
    added.results.push_back(write(index_of(out), instruction));
  }
  finish_adding(std::move(added));
  return true;
}

std::optional<std::size_t> StretchReader::finish(std::size_t first, std::size_t last, const RunProbe& probe) {
  std::vector<const Write*> outputs;
  for (const Write& write : writes_) {
    if (map_.read_outside(chain_, write.instruction, write.value, first, last)) outputs.push_back(&write);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!probe.can_output(outputs[i]->tensor)) return outputs[i]->instruction;
    for (std::size_t j = 0; j < i; ++j) {
      if (map_.touch(outputs[i]->value, outputs[j]->value)) return outputs[i]->instruction;
    }
  }
  for (const Write* output : outputs) {
    stretch_.run.outputs.push_back(output->tensor);
    ++stretch_.run.tensors[output->tensor].uses;
    stretch_.output_values.push_back(output->value);
  }
  return std::nullopt;
}

bool StretchReader::add_delegate(std::size_t instruction, const pte::DelegateCall& call) {
  const auto outputs = delegate_outputs(state_, call);
  RunOperator added;
  added.delegate = called_delegate(state_, call);
  added.args = call.args;
  for (std::size_t a = 0; a < call.args.size(); ++a) {
    auto& tensors = added.tensors.emplace_back();
    if ((*outputs)[a]) continue;
    const auto tensor = resolve(static_cast<std::size_t>(call.args[a]));
    if (!tensor) return false;
    tensors.push_back(*tensor);
  }
  for (std::size_t a = 0; a < call.args.size(); ++a) {
    if ((*outputs)[a]) added.results.push_back(write(static_cast<std::size_t>(call.args[a]), instruction));
  }
  finish_adding(std::move(added));
  return true;
}

std::size_t StretchReader::write(std::size_t value, std::size_t instruction) {
  const std::size_t result = add_tensor(RunTensor::Kind::Result, value);
  writes_.push_back({value, result, instruction});
  return result;
}

void StretchReader::finish_adding(RunOperator added) {
  for (const auto& tensors : added.tensors) {
    for (const std::size_t tensor : tensors) ++stretch_.run.tensors[tensor].uses;
  }
  stretch_.run.operators.push_back(std::move(added));
}

std::vector<std::size_t> StretchReader::values_of(const Value& value) const {
  std::vector<std::size_t> result;
  if (std::holds_alternative<Tensor>(value)) result.push_back(index_of(value));
  if (const auto* list = std::get_if<TensorListRef>(&value)) {
    result.assign(list->items.begin(), list->items.end());
  }
  return result;
}

std::optional<std::vector<std::int64_t>> StretchReader::steady_list(std::int32_t index) const {
  const auto* list = std::get_if<IntListRef>(&state_.values[static_cast<std::size_t>(index)]);
  if (!list) return std::nullopt;
  std::vector<std::int64_t> result;
  for (const std::int64_t item : list->items) {
    const auto* number = std::get_if<std::int64_t>(&state_.values[static_cast<std::size_t>(item)]);
    if (!number || !map_.steady(static_cast<std::size_t>(item))) return std::nullopt;
    result.push_back(*number);
  }
  return result;
}

std::size_t StretchReader::add_tensor(RunTensor::Kind kind, std::size_t value) {
  RunTensor tensor;
  tensor.kind = kind;
  tensor.tensor = &tensor_of(value);
  stretch_.run.tensors.push_back(std::move(tensor));
  return stretch_.run.tensors.size() - 1;
}

std::optional<std::size_t> StretchReader::resolve(std::size_t value) {
  for (std::size_t i = writes_.size(); i-- > 0;) {
    const Write& write = writes_[i];
    if (write.value == value) return write.tensor;
    if (!map_.touch(write.value, value)) continue;
    if (map_.storage(write.value) == map_.storage(value)) return view(value, write.tensor);
    return std::nullopt;
  }
  const bool constant = map_.storage(value).space == 0;
  if (const auto viewed = viewed_.find(value); viewed != viewed_.end()) {
    const auto source = resolve(viewed->second.base);
    return source ? view(value, *source) : std::nullopt;
  }
  if (constant && (!tensor_of(value).read_only || !tensor_of(value).data)) return std::nullopt;
  auto& known = (constant ? constants_ : inputs_);
  const auto [found, added] = known.emplace(value, 0);
  if (added) {
    found->second = add_tensor(constant ? RunTensor::Kind::Constant : RunTensor::Kind::Input, value);
    if (!constant) {
      stretch_.run.inputs.push_back(found->second);
      stretch_.input_values.push_back(value);
    }
  }
  return found->second;
}

std::optional<std::size_t> StretchReader::view(std::size_t value, std::size_t source) {
  const Tensor& to = tensor_of(value);
  const Tensor& from = *stretch_.run.tensors[source].tensor;
  if (to.dtype != from.dtype || !to.contiguous() || !from.contiguous()) return std::nullopt;
  const auto [found, added] = views_.emplace(std::pair(value, source), 0);
  if (!added) return found->second;
  const auto shape = shape_of(value);
  if (!shape) {
    views_.erase(found);
    return std::nullopt;
  }
  found->second = add_tensor(RunTensor::Kind::View, value);
  stretch_.run.tensors[found->second].source = source;
  stretch_.run.tensors[found->second].shape = *shape;
  ++stretch_.run.tensors[source].uses;
  return found->second;
}

std::optional<std::vector<std::int64_t>> StretchReader::shape_of(std::size_t value) const {
  const Tensor& tensor = tensor_of(value);
  if (tensor.dynamism == Dynamism::Static) return std::vector<std::int64_t>(tensor.sizes.begin(), tensor.sizes.end());
  const auto viewed = viewed_.find(value);
  return viewed == viewed_.end() ? std::nullopt : std::optional(viewed->second.sizes);
}

}  // namespace ptetool
