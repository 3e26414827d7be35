// What `ptetool dedupe` takes, and what its help says.
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr std::string_view kWriting = "Writing";

constexpr auto kDedupeOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program or data file; MODEL@DATA[,DATA…] binds data (@@: an @ in a path), data files by themselves serve "
             "every program",
     .repeatable = true,
     .required = true},
    kDataOption,
    {.letter = 'o',
     .name = "output-dir",
     .takes = Takes::Folder,
     .argument = "DIR",
     .help = "write the new files and manifest.json here; without it nothing is written",
     .group = kWriting},
    {.name = "data-name",
     .takes = Takes::Text,
     .argument = "NAME",
     .help = "what the shared data file is called",
     .group = kWriting,
     .fallback = "shared.ptd"},
    {.name = "group", .help = "one shared data file per set of programs that use the same weights", .group = kWriting},
    {.name = "inline", .help = "the way back: put all that a program needs into the program", .group = kWriting},
    {.name = "min-size",
     .takes = Takes::Bytes,
     .argument = "SIZE",
     .help = "leave smaller weights where they are",
     .group = kWriting,
     .fallback = "1KiB"},
    {.name = "key",
     .takes = Takes::Choice,
     .argument = "KIND",
     .help = "names of delegate constants: the digest of the content, or as they are",
     .group = kWriting,
     .fallback = "content",
     .choices = "content keep"},
    {.letter = 't',
     .name = "threads",
     .takes = Takes::Number,
     .argument = "N",
     .help = "threads to hash with; default: one per core"},
    {.name = "check", .help = "exit with status 1 if there is something to win; other names alone are nothing"},
});

constexpr auto kDedupeExamples = std::to_array<Example>({
    {"ptetool dedupe base.pte lora0.pte lora1.pte", "what is stored more than once, and what could be saved"},
    {"ptetool dedupe base.pte lora0.pte lora1.pte -o thin", "three thin programs and thin/shared.ptd"},
    {"ptetool dedupe base.pte@base.ptd lora.pte@base.ptd,lora.ptd -o out --data-name base.ptd",
     "programs with data of their own"},
    {"ptetool dedupe --inline model.pte@model.ptd -o whole", "one self-contained program"},
    {"ptetool dedupe release/*.pte --check --quiet", "for scripts: exit status 1 if weights are stored twice"},
});

}  // namespace

const CommandRow& dedupe_row() {
  static constexpr CommandRow kRow = {
      .name = "dedupe",
      .summary = "store every weight of a set of files once",
      .description =
          "Finds weights that are stored more than once, within files and across them: constants and named data of "
          "programs (bundled ones keep their tests), initial state, entries of data files, payloads of delegates and "
          "what "
          "older exporters kept inside of them. Without -o it shows the plan and writes nothing.\n\n"
          "Weights that two or more programs use go to one shared data file; what only one program uses stays where it "
          "is. Names of constants of XNNPACK delegates become the digest of their content, so that equal weights have "
          "equal names. Payloads of other delegates stay as they are, byte for byte.\n\n"
          "What is written is read again and compared with the sources byte for byte before any file gets its name; "
          "inputs are never written over. Files keep their names, and, where two have one name, the folders that tell "
          "them "
          "apart. manifest.json says which program needs which data file.",
      .options = kDedupeOptions,
      .examples = kDedupeExamples,
      .status_fine = "the plan was shown, or the files were written",
      .status_no = "with --check: there is something to win",
      .run = dedupe_command};
  return kRow;
}

}  // namespace ptetool::cli
