// A bundled program checks itself: its test inputs are run and the outputs held against those it expects.
#pragma once

#include <memory>
#include <span>

#include "console.h"
#include "ptetool/base/report.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"

namespace ptetool::cli {

// Runs every case of every suite (of `request.load.method` alone, where one is named) and adds a section about them.
// Returns 0 where all outputs agree, 1 where one does not, 2 where a case could not be run.
int run_bundle(const Bundle& bundle, const std::shared_ptr<const Model>& model, const RunRequest& request,
               std::span<DelegateBackend* const> backends, report::Section& root, Console& console);

}  // namespace ptetool::cli
