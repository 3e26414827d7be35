// The constant methods of a language model: executing one would give the values that its outputs have in the file.
#include "ptetool/llm/language_model.h"

namespace ptetool::llm {

namespace {

const pte::Value* output_of(const pte::ExecutionPlan& plan, std::size_t index) {
  if (index >= plan.outputs.size()) return nullptr;
  const std::int32_t value = plan.outputs[index];
  if (value < 0 || static_cast<std::size_t>(value) >= plan.values.size()) return nullptr;
  return &plan.values[static_cast<std::size_t>(value)];
}

const pte::ExecutionPlan* constant_method(const pte::Program& program, std::string_view name) {
  const pte::ExecutionPlan* plan = program.find_method(name);
  return plan && plan->constant_method() ? plan : nullptr;
}

// Exporters write numbers and flags as either.
std::optional<std::int64_t> integer_of(const pte::Value* value) {
  if (!value) return std::nullopt;
  if (const auto* number = std::get_if<pte::Int>(&value->content)) return number->value;
  if (const auto* flag = std::get_if<pte::Bool>(&value->content)) return flag->value ? 1 : 0;
  return std::nullopt;
}

std::optional<std::int64_t> fact(const pte::Program& program, std::string_view name) {
  const pte::ExecutionPlan* plan = constant_method(program, name);
  return plan ? integer_of(output_of(*plan, 0)) : std::nullopt;
}

std::optional<bool> flag(const pte::Program& program, std::string_view name) {
  const auto value = fact(program, name);
  return value ? std::optional(*value != 0) : std::nullopt;
}

}  // namespace

ModelFacts read_facts(const pte::Program& program) {
  ModelFacts facts;
  facts.max_seq_len = fact(program, "get_max_seq_len");
  facts.max_context_len = fact(program, "get_max_context_len");
  facts.vocab_size = fact(program, "get_vocab_size");
  facts.bos_id = fact(program, "get_bos_id");
  facts.use_kv_cache = flag(program, "use_kv_cache");
  facts.enable_dynamic_shape = flag(program, "enable_dynamic_shape");
  if (const pte::ExecutionPlan* plan = constant_method(program, "get_eos_ids")) {
    for (std::size_t i = 0; i < plan->outputs.size(); ++i) {
      if (const auto id = integer_of(output_of(*plan, i))) facts.eos_ids.push_back(*id);
    }
  }
  return facts;
}

}  // namespace ptetool::llm
