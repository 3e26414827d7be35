// What `ptetool diff` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr auto kDiffOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "OLD and NEW: two programs (bundled or not) or two data files; PROGRAM@DATA[,DATA…] binds data (@@: an @ "
             "in a path)",
     .repeatable = true,
     .required = true},
    kDataOption,
    {.letter = 'b', .name = "brief", .help = "one line per part that differs"},
    {.letter = 'o',
     .name = "only",
     .takes = Takes::Choices,
     .argument = "LIST",
     .help = "compare only these parts; the exit status is about them",
     .choices = "interface operators graph delegates weights memory metadata tests sizes cosmetic",
     .repeatable = true},
    {.letter = 'm', .name = "method", .takes = Takes::Text, .argument = "NAME", .help = "only this method"},
    {.name = "rtol",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "relative tolerance within which the numbers of a weight are equal",
     .fallback = "0"},
    {.name = "atol",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "absolute tolerance within which the numbers of a weight are equal",
     .fallback = "0"},
    {.letter = 'n',
     .name = "top",
     .takes = Takes::Number,
     .argument = "N",
     .help = "at most N rows per table; 0: all; default: 40, with --json all"},
    {.name = "html",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "write the answer as one self-contained page, too, with the graphs drawn side by side"},
});

constexpr auto kDiffExamples = std::to_array<Example>({
    {"ptetool diff old.pte new.pte", "what changed from one program to the other"},
    {"ptetool diff old.pte@old.ptd new.pte@new.ptd --brief", "two sets, one line per part"},
    {"ptetool diff base.ptd tuned.ptd --atol 1e-3", "which weights changed by more than that"},
    {"ptetool diff fp32.pte 8da4w.pte --only weights", "what quantisation did to each weight"},
    {"ptetool diff old.pte new.pte --only interface || exit", "for scripts: did the interface change"},
});

}  // namespace

const CommandRow& diff_row() {
  static constexpr CommandRow kRow = {
      .name = "diff",
      .summary = "tell two programs or data files apart",
      .description =
          "Compares OLD with NEW part by part: interface, operators, instructions, delegates, weights, memory plan, "
          "metadata, test cases. Sizes, and what no runtime notices, are told as well but are no difference by "
          "themselves. Nothing is executed.\n\n"
          "Weights are matched by content, then by name, then by where they are used, and last by shape and direction, "
          "so that renamed weights, those that moved into a data file, and the quantised form of a weight are "
          "recognised. Changed ones are compared as numbers, quantised ones dequantised first and turned ones turned "
          "back: the error is that of NEW against OLD. A weight whose data file is not given is not compared, and said "
          "so; where that leaves the answer open, the exit status is 2.\n\n"
          "Instructions, and the nodes of XNNPACK graphs, are aligned, so that an inserted operator is one difference; "
          "'moved' are those that do the same at another place, 'rewired' those that take an argument from elsewhere, "
          "and "
          "not by way of what was inserted, removed or moved. Delegates of other backends are compared by their bytes.",
      .options = kDiffOptions,
      .examples = kDiffExamples,
      .status_fine = "there is no difference, and everything was compared",
      .status_no = "there is a difference",
      .run = diff_command};
  return kRow;
}

}  // namespace ptetool::cli
