// The instructions of methods that both sides have.
#include "compare/diff_parts.h"
#include "compare/step_changes.h"
#include "layout/words.h"

namespace ptetool::compare {

PartResult graph_part(const Programs& programs) {
  PartResult result{Part::Graph};
  StepChanges changes("changes", "", "method");
  for (const AlignedMethod& method : programs.aligned) {
    changes.add(layout::method_name(programs.new_side.plan(method.plans.new_plan)), method.old_steps, method.new_steps,
                method.pairs, programs.match);
  }
  changes.finish(result, "instruction");
  return result;
}

}  // namespace ptetool::compare
