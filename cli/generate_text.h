// ptetool run, where a language model is to continue a prompt.
#pragma once

#include "console.h"
#include "engine.h"
#include "options.h"
#include "ptetool/base/report.h"

namespace ptetool::cli {

// Does the command line ask for it?
bool asks_for_text(const Options& options);

// Options of language models without a prompt, and inputs or outputs with one, are mistakes. Errors: Usage.
Result<> check_kind_of_run(const Options& options);

// Answers the prompt with every model of the line; the answers go to standard output as they are made, all else into
// the report. Gives the exit status.
Result<int> run_language_models(const Options& options, Console& console, const Engine& engine, report::Section& root);

}  // namespace ptetool::cli
