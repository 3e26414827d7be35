// The softmax that is 0 in rows without any number but -inf, as exporters write it: softmax, and by six operators over
// masks zeros in its place where a row has nothing else. None of the masks is computed: such rows are NaN in XNNPACK's
// softmax, and a guard sees that.
#include <limits>

#include "xnnpack/lowering.h"

namespace ptetool::xnn {

namespace {

using Kind = Symbol::Kind;

bool is(Step& s, std::size_t tensor, Kind kind) {
  const auto symbol = s.lowering().symbol(tensor);
  return symbol && symbol->kind == kind;
}

// The symbol of the first operand in another kind.
bool turn(Step& s, Kind kind) {
  s.lowering().define(s.result(), Symbol{kind, s.lowering().symbol(*s.tensor(0))->of});
  s.lowering().spend(1e-3 * static_cast<double>(s.described(*s.tensor(0)).numel()), 0);
  return true;
}

bool equal_number(Step& s) {
  const std::size_t input = *s.tensor(0);
  if (!s.lowering().is_plain_enough(input) || s.number(1) != -std::numeric_limits<double>::infinity()) return false;
  if (s.described(s.result()).dtype != ScalarType::Bool) return false;
  s.lowering().define(s.result(), Symbol{Kind::MinusInfinity, input});
  return true;
}

bool logical_not(Step& s) {
  if (s.described(s.result()).dtype != ScalarType::Bool) return false;
  if (is(s, *s.tensor(0), Kind::MinusInfinity)) return turn(s, Kind::NotMinusInfinity);
  return is(s, *s.tensor(0), Kind::RowHasOther) && turn(s, Kind::RowHasNoOther);
}

bool any_of_row(Step& s) {
  const auto last = static_cast<std::int64_t>(s.described(*s.tensor(0)).rank()) - 1;
  const std::int64_t dim = s.call().integer(1);
  if (s.described(s.result()).dtype != ScalarType::Bool) return false;
  return (dim == last || dim == -1) && s.call().boolean(2) && is(s, *s.tensor(0), Kind::NotMinusInfinity) &&
         turn(s, Kind::RowHasOther);
}

bool full_like(Step& s) {
  if (s.described(s.result()).dtype != ScalarType::Float || s.number(1) != 0.0) return false;
  s.lowering().define(s.result(), Symbol{Kind::Zeros, *s.tensor(0)});
  return true;
}

bool where(Step& s) {
  Lowering& l = s.lowering();
  const std::size_t zeros = *s.tensor(1);
  const std::size_t weights = *s.tensor(2);
  const auto rows = l.symbol(*s.tensor(0));
  if (!rows || rows->kind != Kind::RowHasNoOther || !is(s, zeros, Kind::Zeros)) return false;
  if (!l.is_plain_enough(weights) || !l.is_plain_enough(s.result()) || l.softmax_of(weights) != rows->of) return false;
  if (s.described(weights).rank() != 4 || !(s.described(weights).sizes == s.described(s.result()).sizes) ||
      !(s.described(weights).sizes == s.described(zeros).sizes)) {
    return false;
  }
  const auto count = static_cast<double>(s.described(weights).numel());
  l.spend(count * 1e-3, count * 0.1e-3);
  l.guard(l.value(weights, Layout::Plain));
  l.same(s.result(), weights);
  return true;
}

constexpr LoweringRow kRows[] = {
    {"aten::eq.Scalar_out", equal_number, true}, {"aten::logical_not.out", logical_not, true},
    {"aten::any.out", any_of_row, true},         {"aten::full_like.out", full_like, true},
    {"aten::where.self_out", where, true},
};

}  // namespace

std::span<const LoweringRow> mask_lowerings() { return kRows; }

}  // namespace ptetool::xnn
