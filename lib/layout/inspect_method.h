// What the page of a program is put together from.
#pragma once

#include "layout/inspect_views.h"

namespace ptetool::layout {

// inspect_overview.cc
void add_overview(const Lens& lens, const Model& model, const ByteMap& map, report::Section& section);
// How often a method calls which operator.
report::Table operators_table(const Lens& lens, const Model& model, std::size_t plan);

// inspect_plan.cc
report::Table values_table(const Lens& lens, const Model& model, std::size_t plan_index);
report::Table plan_table(const Lens& lens, const pte::ExecutionPlan& plan);

}  // namespace ptetool::layout
