// What `ptetool verify` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr auto kVerifyOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program, data file, bundled program or cache of packed weights; MODEL@DATA[,DATA…] binds data (@@: an @ "
             "in a path)",
     .repeatable = true},
    kDataOption,
    kChecksumsOption,
    {.name = "strict", .help = "treat warnings as errors"},
    {.name = "rules", .help = "list the rules instead of verifying"},
    {.name = "explain",
     .takes = Takes::Text,
     .argument = "RULE",
     .help = "tell cause, effect and cure of a rule instead of verifying",
     .repeatable = true},
});

constexpr auto kVerifyExamples = std::to_array<Example>({
    {"ptetool verify model.pte --data model.ptd", "is each sound, and do they belong together"},
    {"ptetool verify base.pte@found.ptd lora.pte@found.ptd,lora.ptd", "two programs with data of their own"},
    {"ptetool verify download/*.pte --strict --quiet", "for scripts: only errors, and the exit status"},
    {"ptetool verify --explain SEG004", "what a rule means and what to do"},
});

}  // namespace

const CommandRow& verify_row() {
  static constexpr CommandRow kRow = {
      .name = "verify",
      .summary = "prove that files are sound and belong together",
      .description =
          "Checks every rule of the catalogue over each file, and over each program together with the data files, and "
          "reports all findings, the most severe first. Nothing is executed. Every finding names its rule, the place "
          "in "
          "the "
          "file and the byte offset.\n\n"
          "Checksums of weights are recomputed where that takes less than about a second, or with --checksums.",
      .options = kVerifyOptions,
      .examples = kVerifyExamples,
      .status_fine = "no error was found",
      .status_no = "an error was found (with --strict: an error or a warning)",
      .run = verify_command};
  return kRow;
}

}  // namespace ptetool::cli
