// What `ptetool inspect` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr auto kInspectOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program, data file, bundled program, ETDump, XNNPACK blob or cache of packed weights",
     .repeatable = true,
     .required = true},
    kDataOption,
    {.letter = 's',
     .name = "show",
     .takes = Takes::Choices,
     .argument = "LIST",
     .help = "views instead of the overview",
     .fallback = "summary",
     .choices = "summary methods ops values tensors plan memory delegates data segments metadata bytes all",
     .repeatable = true},
    {.letter = 'm', .name = "method", .takes = Takes::Text, .argument = "NAME", .help = "only this method"},
    {.letter = 'f',
     .name = "filter",
     .takes = Takes::Text,
     .argument = "REGEX",
     .help = "only rows with a name that the regular expression (ECMAScript) finds a match in"},
    {.name = "sort",
     .takes = Takes::Choice,
     .argument = "BY",
     .help = "order of tables of weights and of bytes",
     .choices = "size name offset"},
    {.letter = 'n', .name = "top", .takes = Takes::Number, .argument = "N", .help = "at most N rows per table; 0: all"},
});

constexpr auto kInspectExamples = std::to_array<Example>({
    {"ptetool inspect model.pte", "what is in it, on one screen"},
    {"ptetool inspect model.pte --data model.ptd", "the same, with the weights found by name"},
    {"ptetool inspect model.pte --show plan --method forward", "the instructions of one method"},
    {"ptetool inspect model.ptd --show data --sort size --top 20", "the largest weights of a data file"},
    {"ptetool inspect model.pte --show all --json | jq '.files[0].methods[].name'", "everything, for scripts"},
});

}  // namespace

const CommandRow& inspect_row() {
  static constexpr CommandRow kRow = {
      .name = "inspect",
      .summary = "show what is in programs and data files",
      .description =
          "Shows what is in a file: a one-screen overview, or the views chosen with --show. Only headers and tables "
          "are "
          "read, so files of many gigabytes open at once. The kind of a file is found from its content, never from its "
          "name; '-' reads standard input.\n\n"
          "A file that is damaged in places is shown as far as it goes; what could not be read is reported on standard "
          "error.",
      .options = kInspectOptions,
      .examples = kInspectExamples,
      .status_fine = "the files were shown",
      .run = inspect_command};
  return kRow;
}

}  // namespace ptetool::cli
