// BND: the test cases of bundled programs: do they fit the program that they are for (format-facts 7.1)?
#include <algorithm>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// function(suite, path).
template <class Function>
void each_suite(const Bundle& bundle, Function&& function) {
  for (std::size_t s = 0; s < bundle.bundle.test_suites.size(); ++s) {
    function(bundle.bundle.test_suites[s], indexed("method_test_suites", s));
  }
}

// function(suite, case, path).
template <class Function>
void each_case(const Bundle& bundle, Function&& function) {
  each_suite(bundle, [&](const bundled::TestSuite& suite, const std::string& path) {
    for (std::size_t c = 0; c < suite.test_cases.size(); ++c) {
      function(suite, suite.test_cases[c], path + "." + indexed("test_cases", c));
    }
  });
}

// function(value, path) for inputs and expected outputs.
template <class Function>
void each_test_value(const Bundle& bundle, Function&& function) {
  each_case(bundle, [&](const bundled::TestSuite&, const bundled::TestCase& test, const std::string& path) {
    for (std::size_t i = 0; i < test.inputs.size(); ++i) function(test.inputs[i], path + "." + indexed("inputs", i));
    for (std::size_t i = 0; i < test.expected_outputs.size(); ++i) {
      function(test.expected_outputs[i], path + "." + indexed("expected_outputs", i));
    }
  });
}

void methods_exist(const Bundle& bundle, Context& context) {
  each_suite(bundle, [&](const bundled::TestSuite& suite, const std::string& path) {
    if (bundle.program->find_method(suite.method_name)) return;
    context.report(path + ".method_name", suite.offset,
                   "is " + quoted(suite.method_name) + ", which the program does not have");
  });
}

void kinds_known(const Bundle& bundle, Context& context) {
  each_test_value(bundle, [&](const bundled::Value& value, const std::string& path) {
    if (const auto* unknown = std::get_if<bundled::UnknownValue>(&value.content)) {
      context.report(path, value.offset,
                     "is of kind " + std::to_string(unknown->type) + ", which is unknown, or has no content");
    }
  });
}

std::optional<std::uint64_t> nbytes_of(const bundled::Tensor& tensor) {
  const auto count = tensor.sizes.size() <= kMaxRank ? checked_numel(tensor.sizes) : std::nullopt;
  const auto size = dtype_size(tensor.scalar_type);
  if (!count || !size) return std::nullopt;
  return checked_mul(static_cast<std::uint64_t>(*count), *size);
}

void tensors_complete(const Bundle& bundle, Context& context) {
  each_test_value(bundle, [&](const bundled::Value& value, const std::string& path) {
    const auto* tensor = std::get_if<bundled::Tensor>(&value.content);
    if (!tensor) return;
    const auto nbytes = nbytes_of(*tensor);
    if (!nbytes) {
      context.report(path, value.offset, "has an element type or sizes that make no tensor");
    } else if (*nbytes != tensor->data.size()) {
      context.report(path + ".data", value.offset,
                     "has " + counted(tensor->data.size(), "byte") + ", " + shape_text(tensor->sizes) + " " +
                         dtype_name(tensor->scalar_type) + " takes " + std::to_string(*nbytes));
    } else if (tensor->dim_order.size() != tensor->sizes.size() || !is_permutation(tensor->dim_order)) {
      context.report(path + ".dim_order", value.offset, "is no permutation of the dimensions");
    }
  });
}

void inputs_counted(const Bundle& bundle, Context& context) {
  each_case(bundle, [&](const bundled::TestSuite& suite, const bundled::TestCase& test, const std::string& path) {
    const pte::ExecutionPlan* plan = bundle.program->find_method(suite.method_name);
    if (!plan || plan->inputs.size() == test.inputs.size()) return;
    context.report(
        path + ".inputs", test.offset,
        "has " + counted(test.inputs.size(), "value") + ", the method takes " + std::to_string(plan->inputs.size()));
  });
}

// What is wrong with a tensor for this input; empty if nothing is.
std::string misfit(const bundled::Tensor& given, const pte::Tensor& wanted) {
  if (given.scalar_type != wanted.scalar_type) {
    return "is " + dtype_name(given.scalar_type) + ", the method takes " + dtype_name(wanted.scalar_type);
  }
  if (given.sizes.size() > kMaxRank || wanted.sizes.size() > kMaxRank) return {};
  const bool dynamic = wanted.shape_dynamism != pte::ShapeDynamism::Static;
  const auto have = checked_numel(given.sizes);
  const auto room = checked_numel(wanted.sizes);
  const bool fits = dynamic ? given.sizes.size() == wanted.sizes.size() && have && room && *have <= *room
                            : std::ranges::equal(given.sizes, wanted.sizes);
  if (fits) return {};
  return "is " + shape_text(given.sizes) + ", the method takes " + (dynamic ? "up to " : "") + shape_text(wanted.sizes);
}

void inputs_fit(const Bundle& bundle, Context& context) {
  each_case(bundle, [&](const bundled::TestSuite& suite, const bundled::TestCase& test, const std::string& path) {
    const pte::ExecutionPlan* plan = bundle.program->find_method(suite.method_name);
    if (!plan) return;
    for (std::size_t i = 0; i < std::min(test.inputs.size(), plan->inputs.size()); ++i) {
      const pte::Value* input = plan->find_value(plan->inputs[i]);
      const pte::Tensor* wanted = input ? input->tensor() : nullptr;
      const auto* given = std::get_if<bundled::Tensor>(&test.inputs[i].content);
      if (!wanted || !given) continue;
      if (const std::string problem = misfit(*given, *wanted); !problem.empty()) {
        context.report(path + "." + indexed("inputs", i), test.inputs[i].offset, problem);
      }
    }
  });
}

void outputs_counted(const Bundle& bundle, Context& context) {
  each_case(bundle, [&](const bundled::TestSuite& suite, const bundled::TestCase& test, const std::string& path) {
    const pte::ExecutionPlan* plan = bundle.program->find_method(suite.method_name);
    if (!plan || test.expected_outputs.empty() || plan->outputs.size() == test.expected_outputs.size()) return;
    context.report(path + ".expected_outputs", test.offset,
                   "has " + counted(test.expected_outputs.size(), "value") + ", the method gives " +
                       std::to_string(plan->outputs.size()));
  });
}

void outputs_expected(const Bundle& bundle, Context& context) {
  each_case(bundle, [&](const bundled::TestSuite&, const bundled::TestCase& test, const std::string& path) {
    if (test.expected_outputs.empty()) {
      context.report(path + ".expected_outputs", test.offset, "is empty: there is nothing to compare with");
    }
  });
}

void outputs_comparable(const Bundle& bundle, Context& context) {
  each_case(bundle, [&](const bundled::TestSuite&, const bundled::TestCase& test, const std::string& path) {
    for (std::size_t i = 0; i < test.expected_outputs.size(); ++i) {
      const auto& content = test.expected_outputs[i].content;
      if (std::holds_alternative<bundled::Tensor>(content) || std::holds_alternative<bundled::UnknownValue>(content)) {
        continue;
      }
      context.report(path + "." + indexed("expected_outputs", i), test.expected_outputs[i].offset, "is no tensor");
    }
  });
}

constexpr std::string_view kBundleAgain = "bundle the program again";

constexpr Rule kRules[] = {
    {{.id = "BND001",
      .title = "test suites are for methods that the program has",
      .cause = "a program that was replaced inside its bundle",
      .effect = "ExecuTorch's bundled-program tools do not find the method's cases and fail",
      .cure = kBundleAgain},
     methods_exist},
    {{.id = "BND002",
      .title = "test values are of a known kind",
      .cause = "a damaged bundle",
      .effect = "ExecuTorch's bundled-program tools refuse the case with NotSupported or InvalidArgument",
      .cure = kBundleAgain},
     kinds_known},
    {{.id = "BND003",
      .title = "test tensors have as many bytes as their sizes ask for",
      .cause = "a damaged bundle",
      .effect = "ExecuTorch does not compare the two and reads beyond the data",
      .cure = kBundleAgain},
     tensors_complete},
    {{.id = "BND004",
      .title = "test cases give a value for every input",
      .cause = "a program that was replaced inside its bundle",
      .effect = "ExecuTorch refuses the case with InvalidArgument",
      .cure = kBundleAgain},
     inputs_counted},
    {{.id = "BND005",
      .title = "test inputs fit the inputs of the method",
      .cause = "a program that was replaced inside its bundle",
      .effect = "ExecuTorch refuses the input with InvalidArgument or NotSupported",
      .cure = kBundleAgain},
     inputs_fit},
    {{.id = "BND006",
      .severity = Severity::Warning,
      .title = "test cases expect as many outputs as the method gives",
      .cause = "a program that was replaced inside its bundle",
      .effect = "only some outputs are compared, or the comparison fails",
      .cure = kBundleAgain},
     outputs_counted},
    {{.id = "BND007",
      .severity = Severity::Note,
      .title = "test cases have expected outputs",
      .cause = "a bundle made for timing only",
      .effect = "comparing answers NotSupported",
      .cure = "bundle the program with expected outputs"},
     outputs_expected},
    {{.id = "BND008",
      .severity = Severity::Warning,
      .title = "expected outputs are tensors",
      .cause = "a method that returns numbers",
      .effect = "ExecuTorch's bundled-program tools compare tensors only and fail",
      .cure = "none is needed for ptetool"},
     outputs_comparable},
};

}  // namespace

std::span<const Rule> bnd_rules() { return kRules; }

}  // namespace ptetool::verify
