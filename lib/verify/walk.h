// The walks that rules share: every plan, value and instruction of a program with the words to name its place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "ptetool/base/text.h"
#include "ptetool/format/pte.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::verify {

// "execution_plan[2].inputs".
inline std::string plan_path(std::size_t plan, std::string_view field = {}) {
  std::string path = indexed("execution_plan", plan);
  if (!field.empty()) path += "." + std::string(field);
  return path;
}

template <class Function>
void each_plan(const pte::Program& program, Function&& function) {
  for (std::size_t p = 0; p < program.execution_plan.size(); ++p) function(program.execution_plan[p], p);
}

struct ValueAt {
  const pte::ExecutionPlan& plan;
  const pte::Value& value;
  std::size_t plan_index;
  std::size_t index;

  std::string path(std::string_view field = {}) const {
    std::string path = plan_path(plan_index) + "." + indexed("values", index);
    if (!field.empty()) path += "." + std::string(field);
    return path;
  }
  std::uint64_t offset() const { return value.offset; }
};

template <class Function>
void each_value(const pte::Program& program, Function&& function) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t v = 0; v < plan.values.size(); ++v) function(ValueAt{plan, plan.values[v], p, v});
  });
}

// Values of one kind: each_value_of<pte::Tensor>(program, [](const pte::Tensor&, const ValueAt&) {…}).
template <class Kind, class Function>
void each_value_of(const pte::Program& program, Function&& function) {
  each_value(program, [&](const ValueAt& at) {
    if (const auto* content = std::get_if<Kind>(&at.value.content)) function(*content, at);
  });
}

struct InstructionAt {
  const pte::ExecutionPlan& plan;
  const pte::Chain& chain;
  const pte::Instruction& instruction;
  std::size_t plan_index;
  std::size_t chain_index;
  std::size_t index;

  std::string path(std::string_view field = {}) const {
    std::string path =
        plan_path(plan_index) + "." + indexed("chains", chain_index) + "." + indexed("instructions", index);
    if (!field.empty()) path += "." + std::string(field);
    return path;
  }
  std::uint64_t offset() const { return instruction.offset; }
};

template <class Function>
void each_instruction(const pte::ExecutionPlan& plan, std::size_t plan_index, Function&& function) {
  for (std::size_t c = 0; c < plan.chains.size(); ++c) {
    const pte::Chain& chain = plan.chains[c];
    for (std::size_t i = 0; i < chain.instructions.size(); ++i) {
      function(InstructionAt{plan, chain, chain.instructions[i], plan_index, c, i});
    }
  }
}

template <class Kind, class Function>
void each_instruction_of(const pte::Program& program, Function&& function) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    each_instruction(plan, p, [&](const InstructionAt& at) {
      if (const auto* content = std::get_if<Kind>(&at.instruction.content)) function(*content, at);
    });
  });
}

// "an Int", "a Tensor".
inline std::string a_kind(const pte::Value& value) {
  const std::string_view name = pte::kind_name(value);
  return (name.starts_with("Int") || name.starts_with("Opt") ? "an " : "a ") + std::string(name);
}

template <class Int>
bool in_range(Int index, std::size_t count) {
  if constexpr (std::is_signed_v<Int>) {
    if (index < 0) return false;
  }
  return static_cast<std::uint64_t>(index) < count;
}

// Sizes and dim order that a tensor can be made of; rules about its bytes ask this first.
inline bool sound_shape(const pte::Tensor& tensor) {
  return tensor.sizes.size() <= kMaxRank && tensor.dim_order.size() == tensor.sizes.size() &&
         is_permutation(tensor.dim_order) && pte::tensor_nbytes(tensor).has_value();
}

// Elements are read and written in place.
inline std::uint64_t natural_alignment(const pte::Tensor& tensor) {
  return std::min<std::uint64_t>(dtype_size(tensor.scalar_type).value_or(1), 8);
}

// function(key, first index, index) for every entry whose key was there before.
template <class Entries, class Function>
void each_repeated_key(const Entries& entries, Function&& function) {
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto [known, added] = first.try_emplace(entries[i].key, i);
    if (!added) function(known->second, i);
  }
}

// The operator of a call; nullptr where the index is nonsense.
inline const pte::Operator* operator_of(const pte::ExecutionPlan& plan, const pte::KernelCall& call) {
  return in_range(call.op_index, plan.operators.size()) ? &plan.operators[static_cast<std::size_t>(call.op_index)]
                                                        : nullptr;
}

// ExecuTorch looks operators up through a buffer of this size; longer names do not load.
inline constexpr std::size_t kOperatorNameLimit = 100;

// Values whose kind may change while the method runs: prim operators and moves replace whole values.
std::unordered_set<std::int64_t> changing_values(const pte::ExecutionPlan& plan);

}  // namespace ptetool::verify
