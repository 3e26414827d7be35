// The operators of programs in the form that ExecuTorch's selective build reads (selected_operators.yaml): what
// codegen/tools/gen_oplist.py writes for a model, with the dtypes and dim orders that each operator is called with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ptetool/format/pte.h"

namespace ptetool::layout {

struct NamedProgram {
  std::string name;  // as the file's debug_info has it
  const pte::Program* program = nullptr;
};

// Operators in the order of their names, each with the programs that have it. Calls with arguments that do not exist
// count as far as they go.
std::string selected_operators(std::span<const NamedProgram> programs);

}  // namespace ptetool::layout
