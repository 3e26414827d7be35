#include "judge.h"

#include "ptetool/base/text.h"
#include "ptetool/tensor/input.h"
#include "ptetool/tensor/npy.h"

namespace ptetool::cli {

Judgement judge(const HostValue& actual, const HostValue& expected, std::optional<Tolerance> tolerance) {
  const auto* wanted = std::get_if<OwnedTensor>(&expected);
  const auto* given = std::get_if<OwnedTensor>(&actual);
  if (!wanted || !given) {
    const bool same = !wanted && !given && literal_text(actual) == literal_text(expected);
    return {same, 0, same ? "" : "is " + literal_text(actual) + ", expected " + literal_text(expected)};
  }
  const TensorComparison result =
      compare_tensors(given->tensor, wanted->tensor, tolerance.value_or(default_tolerance(wanted->tensor.dtype)));
  return {result.agree, result.max_abs_error, difference_text(given->tensor, wanted->tensor, result)};
}

Result<Checks> check_outputs(std::span<const HostValue> outputs, std::span<const std::string> files,
                             std::optional<Tolerance> tolerance) {
  if (files.size() > outputs.size()) {
    return fail(ErrorCode::Usage, counted(files.size(), "file") + " with expected outputs, but the method has " +
                                      counted(outputs.size(), "output"));
  }
  Checks checks;
  checks.table = {"checks",
                  "checks",
                  {{"index", "#"},
                   {"expected", "expected"},
                   {"agrees", "agrees"},
                   {"max_abs_error", "max error"},
                   {"difference", "difference"}},
                  {},
                  0};
  for (std::size_t i = 0; i < files.size(); ++i) {
    PTETOOL_ASSIGN(const auto file, File::open(files[i]));
    PTETOOL_ASSIGN(OwnedTensor expected, read_npy(file->bytes(), files[i]));
    const auto* actual = std::get_if<OwnedTensor>(&outputs[i]);
    // bfloat16 and its like travel as bit patterns of another type (design 1.4).
    if (actual && npy_carrier(actual->tensor.dtype) == expected.tensor.dtype) {
      expected.tensor.dtype = actual->tensor.dtype;
    }
    const Judgement judgement = judge(outputs[i], HostValue(expected), tolerance);
    checks.agree = checks.agree && judgement.agree;
    checks.table.rows.push_back(
        {static_cast<std::uint64_t>(i), files[i], judgement.agree, judgement.max_error,
         judgement.difference.empty() ? report::Cell(report::Absent{}) : report::Cell(judgement.difference)});
  }
  return checks;
}

}  // namespace ptetool::cli
