// What `ptetool inspect` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr std::string_view kTakingOut = "Taking out";

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
    {.name = "offset",
     .takes = Takes::Number,
     .argument = "N",
     .help = "what the byte at this offset (100, 0x64) belongs to: the row of --show bytes"},
    {.name = "extract",
     .takes = Takes::Text,
     .argument = "NAME",
     .help = "write one thing into --output: a tensor or key by its name, 'constant 3', 'forward delegate 0', "
             "'segment 2', or the 'program' of a bundle",
     .group = kTakingOut},
    {.name = "selected-ops",
     .help = "print the operators of the programs, with dtypes and dim orders, as ExecuTorch's selective build reads "
             "them (selected_operators.yaml)",
     .group = kTakingOut},
    {.name = "dot", .help = "print the program's methods, or --method, as a graph for Graphviz", .group = kTakingOut},
    {.letter = 'o',
     .name = "output",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "where to write it, instead of to standard output; --extract: a .npy becomes an array",
     .group = kTakingOut},
});

constexpr auto kInspectExamples = std::to_array<Example>({
    {"ptetool inspect model.pte", "what is in it, on one screen"},
    {"ptetool inspect model.pte --data model.ptd", "the same, with the weights found by name"},
    {"ptetool inspect model.pte --show plan --method forward", "the instructions of one method"},
    {"ptetool inspect model.ptd --show data --sort size --top 20", "the largest weights of a data file"},
    {"ptetool inspect model.pte --offset 0x1290", "what verify found fault with"},
    {"ptetool inspect model.pte@model.ptd --extract layers.0.weight -o weight.npy", "one weight for NumPy"},
    {"ptetool inspect model.pte --dot | dot -Tsvg -o model.svg", "a drawing of its instructions"},
    {"ptetool inspect a.pte b.pte --selected-ops -o selected_operators.yaml", "what a runtime for both has to have"},
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
      .status_fine = "the files were shown, or what was asked for is written",
      .run = inspect_command};
  return kRow;
}

}  // namespace ptetool::cli
