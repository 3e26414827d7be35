// Integers that operators of a method turn into numbers with scales that are tensors of their own: what portable
// programs have where XNNPACK graphs have a quantised value.
#pragma once

#include "compare/weight.h"

namespace ptetool::compare {

// Tells every weight that such an operator takes what its integers mean. Of several operators the first counts, which
// in files that work are of one mind. Weights whose scales are not there, or fit no better than the operator would
// allow, stay plain integers.
void find_quantisations(const pte::Program& program, std::size_t plan, WeightList& list);

}  // namespace ptetool::compare
