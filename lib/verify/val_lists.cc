// VAL: what refers to values: lists, inputs and outputs (format-facts 5.2, 5.3, 5.8).
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

void bools_are_bools(const pte::Program& program, Context& context) {
  each_value_of<pte::BoolList>(program, [&](const pte::BoolList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (list.items[i] > 1) {
        context.report(at.path(indexed("items", i)), at.offset(),
                       "is " + std::to_string(list.items[i]) + ", a bool is 0 or 1");
      }
    }
  });
}

std::string beyond(std::int64_t index, const pte::ExecutionPlan& plan) {
  return "names value " + std::to_string(index) + " of " + std::to_string(plan.values.size());
}

void int_lists_inside(const pte::Program& program, Context& context) {
  each_value_of<pte::IntList>(program, [&](const pte::IntList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (at.plan.find_value(list.items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), beyond(list.items[i], at.plan));
    }
  });
}

void tensor_lists_inside(const pte::Program& program, Context& context) {
  each_value_of<pte::TensorList>(program, [&](const pte::TensorList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (at.plan.find_value(list.items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), beyond(list.items[i], at.plan));
    }
  });
}

void optional_lists_inside(const pte::Program& program, Context& context) {
  each_value_of<pte::OptionalTensorList>(program, [&](const pte::OptionalTensorList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (list.items[i] == -1 || at.plan.find_value(list.items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), beyond(list.items[i], at.plan));
    }
  });
}

void int_lists_of_ints(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto changing = changing_values(plan);
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      const auto* list = std::get_if<pte::IntList>(&plan.values[v].content);
      if (!list) continue;
      const ValueAt at{plan, plan.values[v], p, v};
      for (std::size_t i = 0; i < list->items.size(); ++i) {
        const pte::Value* item = plan.find_value(list->items[i]);
        if (!item || std::holds_alternative<pte::Int>(item->content) || changing.contains(list->items[i])) continue;
        context.report(at.path(indexed("items", i)), at.offset(),
                       "names " + a_kind(*item) + ", and nothing turns it into an Int");
      }
    }
  });
}

void tensor_lists_of_tensors(const pte::Program& program, Context& context) {
  const auto check = [&](const ValueAt& at, std::span<const std::int32_t> items, bool optional) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const pte::Value* item = at.plan.find_value(items[i]);
      if (!item || item->tensor() || (optional && std::holds_alternative<pte::Null>(item->content))) continue;
      context.report(at.path(indexed("items", i)), at.offset(), "names " + a_kind(*item) + " instead of a Tensor");
    }
  };
  each_value(program, [&](const ValueAt& at) {
    if (const auto* list = std::get_if<pte::TensorList>(&at.value.content)) check(at, list->items, false);
    if (const auto* list = std::get_if<pte::OptionalTensorList>(&at.value.content)) check(at, list->items, true);
  });
}

void tensor_lists_look_back(const pte::Program& program, Context& context) {
  const auto check = [&](const ValueAt& at, std::span<const std::int32_t> items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i] < 0 || static_cast<std::size_t>(items[i]) < at.index || !at.plan.find_value(items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), "names a value that comes later than the list");
    }
  };
  each_value(program, [&](const ValueAt& at) {
    if (const auto* list = std::get_if<pte::TensorList>(&at.value.content)) check(at, list->items);
    if (const auto* list = std::get_if<pte::OptionalTensorList>(&at.value.content)) check(at, list->items);
  });
}

void interface_inside(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto check = [&](std::span<const std::int32_t> list, std::string_view name) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (!plan.find_value(list[i]))
          context.report(plan_path(p, indexed(name, i)), plan.offset, beyond(list[i], plan));
      }
    };
    check(plan.inputs, "inputs");
    check(plan.outputs, "outputs");
  });
}

void inputs_settable(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      const pte::Value* value = plan.find_value(plan.inputs[i]);
      if (!value) continue;
      const auto& content = value->content;
      const bool list =
          std::holds_alternative<pte::IntList>(content) || std::holds_alternative<pte::DoubleList>(content) ||
          std::holds_alternative<pte::BoolList>(content) || std::holds_alternative<pte::TensorList>(content) ||
          std::holds_alternative<pte::OptionalTensorList>(content);
      if (list) {
        context.report(plan_path(p, indexed("inputs", i)), value->offset,
                       "is " + a_kind(*value) + ", which nobody can set");
      }
    }
  });
}

void inputs_not_constant(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      const pte::Value* value = plan.find_value(plan.inputs[i]);
      const pte::Tensor* tensor = value ? value->tensor() : nullptr;
      if (!tensor || tensor->allocation_info || (!tensor->external() && tensor->data_buffer_idx == 0)) continue;
      context.report(plan_path(p, indexed("inputs", i)), value->offset,
                     "is a constant: setting it would write over the program's data");
    }
  });
}

void inputs_distinct(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    std::unordered_set<std::int32_t> seen;
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      if (seen.insert(plan.inputs[i]).second) continue;
      context.report(plan_path(p, indexed("inputs", i)), plan.offset,
                     "value " + std::to_string(plan.inputs[i]) + " is an input already");
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "VAL017",
      .severity = Severity::Warning,
      .title = "items of bool lists are 0 or 1",
      .cause = "a damaged program",
      .effect = "ExecuTorch reads the bytes as C++ bools, which have no meaning then",
      .cure = "export the program again"},
     bools_are_bools},
    {{.id = "VAL018",
      .guards_execution = true,
      .title = "items of int lists name values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch does not check this when it verifies; newer releases refuse the method with InvalidProgram",
      .cure = "export the program again"},
     int_lists_inside},
    {{.id = "VAL019",
      .guards_execution = true,
      .title = "items of tensor lists name values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     tensor_lists_inside},
    {{.id = "VAL020",
      .guards_execution = true,
      .title = "items of optional tensor lists are -1 or name values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     optional_lists_inside},
    {{.id = "VAL021",
      .guards_execution = true,
      .title = "items of int lists are Int values",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch reads the item when the list is used and aborts on another kind",
      .cure = "export the program again"},
     int_lists_of_ints},
    {{.id = "VAL022",
      .guards_execution = true,
      .title = "items of tensor lists are tensors",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     tensor_lists_of_tensors},
    {{.id = "VAL023",
      .title = "tensor lists name values that come before them",
      .cause = "a tool that reordered values",
      .effect = "ExecuTorch builds values in order and finds no tensor there yet: InvalidProgram",
      .cure = "put the tensors before their list"},
     tensor_lists_look_back},
    {{.id = "VAL024",
      .guards_execution = true,
      .title = "inputs and outputs of a method are values that exist",
      .cause = "a damaged program, or a tool that renumbered values",
      .effect = "ExecuTorch does not check this when it loads; setting or getting them fails or reads foreign memory",
      .cure = "export the program again"},
     interface_inside},
    {{.id = "VAL025",
      .severity = Severity::Warning,
      .title = "inputs are tensors, numbers, bools, strings or None",
      .cause = "a list that was not flattened at export",
      .effect = "ExecuTorch cannot set it (InvalidArgument) and refuses to execute",
      .cure = "export the method with flat inputs"},
     inputs_settable},
    {{.id = "VAL026",
      .guards_execution = true,
      .title = "inputs are not constants",
      .cause = "a damaged program",
      .effect = "ExecuTorch copies the input over the constant, which is read-only memory where the file is mapped",
      .cure = "export the program again"},
     inputs_not_constant},
    {{.id = "VAL027",
      .severity = Severity::Warning,
      .title = "a value is an input only once",
      .cause = "a damaged or hand-made program",
      .effect = "ExecuTorch sets the value twice: the last one counts",
      .cure = "export the program again"},
     inputs_distinct},
};

}  // namespace

std::span<const Rule> val_list_rules() { return kRules; }

}  // namespace ptetool::verify
