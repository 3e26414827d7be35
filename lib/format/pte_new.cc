// Programs that are made, not read.
#include "ptetool/format/pte_write.h"

namespace ptetool::pte {

Program program_with_method(std::string_view name) {
  Program program;
  program.identifier = "ET12";
  program.has_execution_plan = program.has_segments = true;
  ExecutionPlan& plan = program.execution_plan.emplace_back();
  plan.present = {true, true, true, true, true, true, true};
  plan.name = name;
  plan.chains.emplace_back().has_instructions = true;
  return program;
}

}  // namespace ptetool::pte
