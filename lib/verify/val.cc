// VAL: the values of a method: kinds, contents, and where tensors live (format-facts 5.2, 5.3, 5.8).
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
};

}  // namespace

std::span<const Rule> val_rules() { return kRules; }

}  // namespace ptetool::verify
