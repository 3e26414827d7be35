// One method of a program as flatbuffer tables: values, chains, operators and delegates.
#pragma once

#include "format/flatbuffer_write.h"
#include "program_generated.h"
#include "ptetool/format/pte.h"

namespace ptetool::pte {

flatbuffers::Offset<fb::pte::ExecutionPlan> write_plan(format::Builder& builder, const ExecutionPlan& plan);

}  // namespace ptetool::pte
