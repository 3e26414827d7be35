// VAL: the values of a method: kinds, tensors, lists, inputs and outputs (format-facts 5.2, 5.3, 5.8).
#include <algorithm>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

void kinds_known(const pte::Program& program, Context& context) {
  each_value_of<pte::UnknownValue>(program, [&](const pte::UnknownValue& unknown, const ValueAt& at) {
    context.report(at.path("val"), at.offset(),
                   unknown.type == 0    ? std::string("has no value")
                   : unknown.type <= 11 ? "has kind " + std::to_string(unknown.type) + " but no value"
                                        : "has the unknown kind " + std::to_string(unknown.type));
  });
}

void dtypes_known(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (dtype_size(tensor.scalar_type)) return;
    context.report(at.path("scalar_type"), at.offset(),
                   std::to_string(static_cast<int>(tensor.scalar_type)) + " is no element type");
  });
}

void shapes_present(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.sizes.data()) context.report(at.path("sizes"), at.offset(), "is absent");
    if (!tensor.dim_order.data()) context.report(at.path("dim_order"), at.offset(), "is absent");
  });
}

void rank_limited(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.sizes.size() <= kMaxRank) return;
    context.report(at.path("sizes"), at.offset(),
                   "has " + std::to_string(tensor.sizes.size()) + " dimensions, the limit is 16");
  });
}

void sizes_not_negative(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.sizes.size() > kMaxRank) return;
    if (std::ranges::all_of(tensor.sizes, [](std::int32_t size) { return size >= 0; })) return;
    context.report(at.path("sizes"), at.offset(), "are " + shape_text(tensor.sizes) + ": a size is negative");
  });
}

void sizes_multiply(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    const auto element = dtype_size(tensor.scalar_type);
    if (tensor.sizes.size() > kMaxRank || !element) return;
    // Strides count sizes of 0 as 1, so that they too must fit.
    auto bytes = std::optional(static_cast<std::int64_t>(*element));
    for (const std::int32_t size : tensor.sizes) {
      if (size < 0) return;
      if (bytes) bytes = checked_mul<std::int64_t>(*bytes, std::max(size, 1));
    }
    if (!bytes) {
      context.report(at.path("sizes"), at.offset(),
                     "are " + shape_text(tensor.sizes) + ": the number of bytes does not fit 64 bits");
    }
  });
}

void dim_order_matches(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.dim_order.size() == tensor.sizes.size()) return;
    context.report(
        at.path("dim_order"), at.offset(),
        "has " + counted(tensor.dim_order.size(), "item") + ", sizes has " + std::to_string(tensor.sizes.size()));
  });
}

void dim_order_permutes(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.dim_order.size() != tensor.sizes.size() || tensor.dim_order.size() > kMaxRank) return;
    if (is_permutation(tensor.dim_order)) return;
    context.report(at.path("dim_order"), at.offset(),
                   "is " + shape_text(tensor.dim_order) + ", not a permutation of the dimensions");
  });
}

void no_storage_offset(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.storage_offset == 0) return;
    context.report(at.path("storage_offset"), at.offset(), "is " + std::to_string(tensor.storage_offset) + ", not 0");
  });
}

void dynamism_known(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.shape_dynamism == pte::ShapeDynamism::Static ||
        tensor.shape_dynamism == pte::ShapeDynamism::DynamicBound) {
      return;
    }
    const bool unbound = tensor.shape_dynamism == pte::ShapeDynamism::DynamicUnbound;
    context.report(at.path("shape_dynamism"), at.offset(),
                   unbound ? std::string("is DYNAMIC_UNBOUND, which no runtime supports")
                           : "has the unknown value " + std::to_string(static_cast<int>(tensor.shape_dynamism)));
  });
}

void layout_strided(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (tensor.layout == 0) return;
    context.report(at.path("layout"), at.offset(), "is " + std::to_string(tensor.layout) + ", not strided (0)");
  });
}

void on_cpu(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.extra_tensor_info || tensor.extra_tensor_info->device_type == 0) return;
    context.report(
        at.path("extra_tensor_info.device_type"), at.offset(),
        "lives on device type " + std::to_string(tensor.extra_tensor_info->device_type) + ", not on the CPU");
  });
}

void location_known(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.extra_tensor_info) return;
    const auto location = tensor.extra_tensor_info->location;
    if (location == pte::TensorDataLocation::Segment || location == pte::TensorDataLocation::External) return;
    context.report(at.path("extra_tensor_info.location"), at.offset(),
                   "has the unknown value " + std::to_string(static_cast<int>(location)));
  });
}

void external_named(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.external() || !tensor.name().empty()) return;
    context.report(at.path("extra_tensor_info.fully_qualified_name"), at.offset(),
                   "is absent, but the data are external and found by it");
  });
}

void strings_present(const pte::Program& program, Context& context) {
  each_value_of<pte::String>(program, [&](const pte::String& string, const ValueAt& at) {
    if (!string.value.data()) context.report(at.path("string_val"), at.offset(), "is absent");
  });
}

void lists_present(const pte::Program& program, Context& context) {
  each_value(program, [&](const ValueAt& at) {
    std::visit(
        [&](const auto& content) {
          if constexpr (requires { content.items; }) {
            if (!content.items.data()) {
              context.report(at.path("items"), at.offset(), "is absent: a list without items is an empty vector");
            }
          }
        },
        at.value.content);
  });
}

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
      if (value_at(at.plan, list.items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), beyond(list.items[i], at.plan));
    }
  });
}

void tensor_lists_inside(const pte::Program& program, Context& context) {
  each_value_of<pte::TensorList>(program, [&](const pte::TensorList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (value_at(at.plan, list.items[i])) continue;
      context.report(at.path(indexed("items", i)), at.offset(), beyond(list.items[i], at.plan));
    }
  });
}

void optional_lists_inside(const pte::Program& program, Context& context) {
  each_value_of<pte::OptionalTensorList>(program, [&](const pte::OptionalTensorList& list, const ValueAt& at) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (list.items[i] == -1 || value_at(at.plan, list.items[i])) continue;
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
        const pte::Value* item = value_at(plan, list->items[i]);
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
      const pte::Value* item = value_at(at.plan, items[i]);
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
      if (items[i] < 0 || static_cast<std::size_t>(items[i]) < at.index || !value_at(at.plan, items[i])) continue;
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
        if (!value_at(plan, list[i]))
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
      const pte::Value* value = value_at(plan, plan.inputs[i]);
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
      const pte::Value* value = value_at(plan, plan.inputs[i]);
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
    {{.id = "VAL001",
      .guards_execution = true,
      .title = "every value is of a known kind and has its content",
      .cause = "a release newer than this tool, or a damaged program",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program with a release up to v1.4.1"},
     kinds_known},
    {{.id = "VAL002",
      .guards_execution = true,
      .title = "every tensor has an element type that exists",
      .cause = "a release newer than this tool, or a damaged program",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export the program again"},
     dtypes_known},
    {{.id = "VAL003",
      .title = "every tensor has sizes and a dim order",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write empty vectors for tensors without dimensions"},
     shapes_present},
    {{.id = "VAL004",
      .guards_execution = true,
      .title = "sizes are not negative",
      .cause = "a dynamic size exported as -1, or a damaged program",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "export with bounds for dynamic dimensions"},
     sizes_not_negative},
    {{.id = "VAL005",
      .guards_execution = true,
      .title = "a tensor's bytes and strides fit 64 bits",
      .cause = "a damaged or hostile program",
      .effect = "ExecuTorch since v1.2 refuses overflowing sizes when it verifies; without it the product wraps around",
      .cure = "do not use the file"},
     sizes_multiply},
    {{.id = "VAL006",
      .guards_execution = true,
      .title = "a tensor has at most 16 dimensions",
      .cause = "a damaged or hostile program",
      .effect = "ExecuTorch refuses the method",
      .cure = "export the program again"},
     rank_limited},
    {{.id = "VAL007",
      .guards_execution = true,
      .title = "the dim order is as long as the sizes",
      .cause = "a damaged program",
      .effect = "ExecuTorch takes the longer list's items from behind the shorter one",
      .cure = "export the program again"},
     dim_order_matches},
    {{.id = "VAL008",
      .guards_execution = true,
      .title = "the dim order is a permutation of the dimensions",
      .cause = "a damaged program",
      .effect = "ExecuTorch refuses items that are too large; repeated ones give wrong strides",
      .cure = "export the program again"},
     dim_order_permutes},
    {{.id = "VAL009",
      .guards_execution = true,
      .title = "the storage offset is 0",
      .cause = "a writer that keeps PyTorch's storage offsets",
      .effect = "ExecuTorch refuses the method with NotSupported",
      .cure = "make the tensor contiguous before export"},
     no_storage_offset},
    {{.id = "VAL010",
      .guards_execution = true,
      .title = "shapes are static or have bounds",
      .cause = "a dynamic dimension without an upper bound at export",
      .effect = "ExecuTorch refuses the method with NotSupported",
      .cure = "export with bounds for dynamic dimensions"},
     dynamism_known},
    {{.id = "VAL011",
      .severity = Severity::Warning,
      .title = "tensors are strided",
      .cause = "a sparse tensor, or a damaged program",
      .effect = "ExecuTorch ignores the layout and takes the tensor for a strided one",
      .cure = "make the tensor dense before export"},
     layout_strided},
    {{.id = "VAL012",
      .severity = Severity::Note,
      .title = "tensors live on the CPU",
      .cause = "an export for a device backend (v1.3 and later)",
      .effect = "releases before v1.3 ignore the device; a runtime without the device cannot run the method",
      .cure = "none is needed where the device's backend is there"},
     on_cpu},
    {{.id = "VAL013",
      .guards_execution = true,
      .title = "a tensor's data are in the program or in a data file",
      .cause = "a release newer than this tool, or a damaged program",
      .effect = "ExecuTorch takes an unknown location for data in the program",
      .cure = "export the program again"},
     location_known},
    {{.id = "VAL014",
      .guards_execution = true,
      .title = "external tensors have a name",
      .cause = "a tool that dropped the names",
      .effect = "ExecuTorch refuses the method with InvalidExternalData or InvalidProgram",
      .cure = "export the program again"},
     external_named},
    {{.id = "VAL015",
      .title = "string values have their text",
      .cause = "a writer that leaves out empty strings",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write an empty string instead of none"},
     strings_present},
    {{.id = "VAL016",
      .title = "list values have their items",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write an empty vector instead of none"},
     lists_present},
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

std::span<const Rule> val_rules() { return kRules; }

}  // namespace ptetool::verify
