// Comparing outputs: what is read is compared by lib/compare, and told as rows.
#include "ptetool/runtime/checks.h"

#include <algorithm>
#include <charconv>

#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/compare/error_statistics.h"
#include "ptetool/tensor/npy.h"

namespace ptetool {

namespace {

using report::Absent;
using report::Cell;

std::optional<std::size_t> index_in(std::string_view name) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return value;
}

// bfloat16 and its like travel as bit patterns of another type (design 1.4).
void retype(OwnedTensor& array, const HostValue& output) {
  const auto* actual = std::get_if<OwnedTensor>(&output);
  if (actual && npy_carrier(actual->tensor.dtype) == array.tensor.dtype) array.tensor.dtype = actual->tensor.dtype;
}

// What an output looks like to a literal or raw bytes that stand for it.
InputExpectation expectation_of(const HostValue& output) {
  using Kind = InputExpectation::Kind;
  InputExpectation expected;
  if (const auto* owned = std::get_if<OwnedTensor>(&output)) {
    expected.dtype = owned->tensor.dtype;
    expected.sizes = owned->tensor.sizes;
    return expected;
  }
  expected.kind = std::holds_alternative<bool>(output)           ? Kind::Bool
                  : std::holds_alternative<std::int64_t>(output) ? Kind::Int
                  : std::holds_alternative<double>(output)       ? Kind::Double
                  : std::holds_alternative<std::string>(output)  ? Kind::String
                                                                 : Kind::Null;
  return expected;
}

class ExpectedReader {
 public:
  explicit ExpectedReader(std::span<const HostValue> outputs) : outputs_(outputs), taken_(outputs.size()) {}

  Result<> add(const std::string& text) {
    std::optional<std::size_t> target;
    std::string rest = text;
    if (const auto equals = text.find('='); equals != std::string::npos) {
      target = index_in(text.substr(0, equals));
      if (target) rest = text.substr(equals + 1);
    }
    PTETOOL_ASSIGN(const InputSource source, InputSource::open(rest));
    const auto names = source.names();
    if (target || names.empty()) return put(target, source);
    for (std::size_t i = 0; i < names.size(); ++i) {
      constexpr std::string_view kUnnamed = "arr_";
      const std::string_view name = names[i];
      const auto own = index_in(name.starts_with(kUnnamed) ? name.substr(kUnnamed.size()) : name);
      PTETOOL_CHECK(put(own, source.part(i)));
    }
    return {};
  }

  std::vector<Expected> take() { return std::move(expected_); }

 private:
  Result<> put(std::optional<std::size_t> target, const InputSource& source) {
    if (!target) target = static_cast<std::size_t>(std::ranges::find(taken_, false) - taken_.begin());
    if (*target >= outputs_.size()) {
      return fail(ErrorCode::Usage, quoted(source.text()) + " is expected of output " + std::to_string(*target) +
                                        ", but the method has " + counted(outputs_.size(), "output"));
    }
    if (taken_[*target]) return fail(ErrorCode::Usage, "output " + std::to_string(*target) + " is given twice");
    taken_[*target] = true;
    Expected& added = expected_.emplace_back();
    added.name = source.text();
    added.output = *target;
    PTETOOL_ASSIGN(auto array, source.array());
    if (array) {
      retype(*array, outputs_[*target]);
      added.value = std::move(*array);
      return {};
    }
    SeededRandom random(0);
    PTETOOL_ASSIGN(added.value, source.value(expectation_of(outputs_[*target]), random));
    return {};
  }

  std::span<const HostValue> outputs_;
  std::vector<bool> taken_;
  std::vector<Expected> expected_;
};

std::vector<report::Column> check_columns() {
  return {{"index", "#"},
          {"expected", "expected"},
          {"agrees", "agrees"},
          {"max_abs_error", "max error"},
          {"mean_abs_error", "mean error"},
          {"max_rel_error", "max relative"},
          {"cosine", "cosine"},
          {"snr_db", "SNR dB"},
          {"difference", "difference"}};
}

template <class T>
Cell optional_cell(const std::optional<T>& value) {
  return value ? Cell(*value) : Cell(Absent{});
}

}  // namespace

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

Result<std::vector<Expected>> read_expected(std::span<const std::string> texts, std::span<const HostValue> outputs) {
  ExpectedReader reader(outputs);
  for (const std::string& text : texts) PTETOOL_CHECK(reader.add(text));
  return reader.take();
}

Result<std::vector<Expected>> expect_outputs_of(const RunCall& other, std::string_view name,
                                                std::span<const HostValue> outputs) {
  if (other.outputs.size() != outputs.size()) {
    return fail(ErrorCode::Usage, std::string(name) + " gives " + counted(other.outputs.size(), "output") +
                                      ", the program " + std::to_string(outputs.size()));
  }
  std::vector<Expected> expected;
  for (std::size_t i = 0; i < outputs.size(); ++i) expected.push_back({std::string(name), i, other.outputs[i]});
  return expected;
}

report::Table tolerance_table(std::span<const ScalarType> dtypes, std::optional<Tolerance> tolerance) {
  report::Table table = {
      "tolerances", "tolerances", {{"dtype", "type"}, {"rtol", "relative"}, {"atol", "absolute"}}, {}, 0};
  std::vector<ScalarType> known;
  for (const ScalarType dtype : dtypes) {
    const DtypeInfo* info = find_dtype(dtype);
    const bool real = info && (info->kind == DtypeKind::Float || info->kind == DtypeKind::Complex);
    if (!real || std::ranges::find(known, dtype) != known.end()) continue;
    known.push_back(dtype);
    const Tolerance applied = tolerance.value_or(default_tolerance(dtype));
    table.rows.push_back({dtype_name(dtype), applied.rtol, applied.atol});
  }
  return table;
}

Checks check_outputs(std::span<const HostValue> outputs, std::span<const Expected> expected,
                     std::optional<Tolerance> tolerance) {
  Checks checks;
  checks.table = {"checks", "checks", check_columns(), {}, 0};
  std::vector<ScalarType> dtypes;
  for (const Expected& wanted : expected) {
    const HostValue& output = outputs[wanted.output];
    const Judgement judgement = judge(output, wanted.value, tolerance);
    checks.agree = checks.agree && judgement.agree;
    std::vector<Cell> row = {static_cast<std::uint64_t>(wanted.output), wanted.name, judgement.agree};
    const auto* actual = std::get_if<OwnedTensor>(&output);
    const auto* tensor = std::get_if<OwnedTensor>(&wanted.value);
    const bool comparable = actual && tensor && actual->tensor.dtype == tensor->tensor.dtype &&
                            actual->tensor.sizes == tensor->tensor.sizes;
    if (tensor) dtypes.push_back(tensor->tensor.dtype);
    if (comparable) {
      const ErrorStatistics error = error_statistics(actual->tensor, tensor->tensor);
      row.insert(row.end(), {error.max_abs, error.mean_abs, error.max_rel, optional_cell(error.cosine),
                             optional_cell(error.snr_db)});
    } else {
      row.insert(row.end(), 5, Absent{});
    }
    row.push_back(judgement.difference.empty() ? Cell(Absent{}) : Cell(judgement.difference));
    checks.table.rows.push_back(std::move(row));
  }
  checks.tolerances = tolerance_table(dtypes, tolerance);
  return checks;
}

}  // namespace ptetool
