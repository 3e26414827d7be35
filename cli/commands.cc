// The option table: one row group per command. Parser, help, manual and completions are made from it.
#include "commands.h"

#include <algorithm>
#include <array>

namespace ptetool::cli {

namespace {

constexpr std::string_view kOutput = "Output";

constexpr auto kGlobalOptions = std::to_array<OptionRow>({
    {.name = "json", .help = "print one JSON document instead of text", .group = kOutput},
    {.letter = 'q', .name = "quiet", .help = "no warnings and notes, only errors", .group = kOutput},
    {.letter = 'v',
     .name = "verbose",
     .help = "show the columns and facts that are left out for brevity",
     .group = kOutput},
    {.name = "color",
     .takes = Takes::Choice,
     .argument = "WHEN",
     .help = "colour the text",
     .group = kOutput,
     .fallback = "auto",
     .choices = "auto always never"},
    {.name = "no-progress", .help = "no progress bars", .group = kOutput},
    {.letter = 'h', .name = "help", .help = "show this help", .group = kOutput},
    {.name = "version", .help = "show the versions of ptetool and of what it is made of", .group = kOutput},
});

constexpr OptionRow kDataOption = {.letter = 'd',
                                   .name = "data",
                                   .takes = Takes::File,
                                   .argument = "FILE",
                                   .help = "a data file (.ptd) that serves every program on the line",
                                   .repeatable = true};

constexpr OptionRow kChecksumsOption = {
    .name = "checksums", .help = "recompute the SHA-256 that names of weights promise", .negatable = true};

// inspect

constexpr auto kInspectOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program, data file, bundled program, ETDump or XNNPACK blob",
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

// verify

constexpr auto kVerifyOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program, data file or bundled program; MODEL@DATA[,DATA…] binds data",
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

// run

constexpr std::string_view kInputs = "Inputs and outputs";
constexpr std::string_view kExecution = "Execution";
constexpr std::string_view kMeasuring = "Measuring";
constexpr std::string_view kChecking = "Checking";

constexpr std::string_view kLanguage = "Language models";

constexpr auto kRunOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "MODEL",
     .help = "program or bundled program; MODEL@DATA[,DATA…] binds data",
     .repeatable = true,
     .required = true},
    kDataOption,
    {.letter = 'm',
     .name = "method",
     .takes = Takes::Text,
     .argument = "NAME",
     .help = "the method to execute; default: 'forward', or the first one",
     .group = kExecution},
    {.letter = 'b',
     .name = "backend",
     .takes = Takes::Choice,
     .argument = "NAME",
     .help = "who computes",
     .group = kExecution,
     .fallback = "auto",
     .choices = "auto portable xnnpack"},
    {.letter = 't',
     .name = "threads",
     .takes = Takes::Number,
     .argument = "N",
     .help = "threads to compute with; default: one per core",
     .group = kExecution},
    {.name = "warmup",
     .takes = Takes::Number,
     .argument = "N",
     .help = "executions before those that are measured",
     .group = kMeasuring,
     .fallback = "0"},
    {.name = "iterations",
     .takes = Takes::Number,
     .argument = "N",
     .help = "executions that are measured",
     .group = kMeasuring,
     .fallback = "1"},
    {.name = "duration",
     .takes = Takes::Real,
     .argument = "SECONDS",
     .help = "measure at least so long, beyond --iterations",
     .group = kMeasuring},
    {.name = "memory",
     .help = "show the memory that the process holds: anonymous, of files, shared, and its peaks",
     .group = kMeasuring},
    {.name = "profile",
     .help = "show where the time goes: per operator, delegate and node of a delegate, with -v per instruction",
     .group = kMeasuring},
    {.name = "profile-out",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "write each instruction's times: .json (Chrome trace, for Perfetto) or .etdp (ETDump)",
     .group = kMeasuring},
    {.name = "max-memory",
     .takes = Takes::Bytes,
     .argument = "SIZE",
     .help = "refuse programs that plan more memory than this",
     .group = kExecution},
    {.name = "checksums",
     .help = "recompute the SHA-256 that names of weights promise before executing",
     .group = kExecution,
     .negatable = true},
    {.name = "packed-cache",
     .takes = Takes::Folder,
     .argument = "DIR",
     .help = "keep packed weights in files here, so that the next start packs nothing; processes share them",
     .group = kExecution},
    {.name = "packed-cache-size",
     .takes = Takes::Bytes,
     .argument = "SIZE",
     .help = "remove what was used longest ago when the files exceed this",
     .group = kExecution,
     .fallback = "8GiB"},
    {.letter = 'i',
     .name = "input",
     .takes = Takes::File,
     .argument = "SPEC",
     .help = "an input, in order, or NAME=SPEC, INDEX=SPEC: a .npy, .npz (FILE:KEY), .json or raw .bin file, a .png or "
             ".jpg picture (FILE:PRESET; imagenet, 0..1, -1..1 or raw), a literal such as 3 or [[1, 2]], or one of "
             "zeros, ones, "
             "arange, rand, randn; default: random",
     .group = kInputs,
     .repeatable = true},
    {.name = "call",
     .takes = Takes::Text,
     .argument = "SPECS",
     .help = "one call with these inputs, separated by ';'; several calls keep the state of the method",
     .group = kInputs,
     .repeatable = true},
    {.name = "shape",
     .takes = Takes::Text,
     .argument = "NAME=SIZES",
     .help = "the sizes of a dynamic input, such as 0=1,3,64,64",
     .group = kInputs,
     .repeatable = true},
    {.name = "seed",
     .takes = Takes::Number,
     .argument = "N",
     .help = "seed of random inputs, random prompts and of sampling",
     .group = kInputs,
     .fallback = "0"},
    {.letter = 'o',
     .name = "output-dir",
     .takes = Takes::Folder,
     .argument = "DIR",
     .help = "write each output as DIR/<index>.npy",
     .group = kInputs},
    {.name = "output",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "write all outputs into one .npz archive",
     .group = kInputs},
    {.name = "labels",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "names of classes, one per line: show the five best of each output that has as many values",
     .group = kInputs},
    {.name = "expect",
     .takes = Takes::File,
     .argument = "SPEC",
     .help = "what an output has to agree with, in order, or INDEX=SPEC: a .npy or .npz file, or any --input form",
     .group = kChecking,
     .repeatable = true},
    {.name = "against",
     .takes = Takes::Text,
     .argument = "WHAT",
     .help = "run with the same inputs on another backend (portable, xnnpack), or another MODEL[@DATA], and compare",
     .group = kChecking},
    {.name = "rtol",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "relative tolerance; default: by type, 1e-5 for float32 (ExecuTorch's runner allows 0.01)",
     .group = kChecking},
    {.name = "atol",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "absolute tolerance; default: by type, 1e-6 for float32 (ExecuTorch's runner allows 0.01)",
     .group = kChecking},
    {.name = "prompt",
     .takes = Takes::Text,
     .argument = "TEXT",
     .help = "a text to continue or, with --chat, to answer; @FILE: the text in a file; -: that on standard input",
     .group = kLanguage},
    {.name = "tokenizer",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "the model's tokenizer (tokenizer.json, tiktoken or sentencepiece .model, llama2.c .bin), or the folder "
             "that holds it; without it, prompts and answers are token ids",
     .group = kLanguage},
    {.name = "chat",
     .takes = Takes::Text,
     .argument = "FAMILY",
     .help = "put the prompt into the model's own chat template, found beside the tokenizer, or into that of a family: "
             "chatml, llama2, llama3, gemma, mistral, phi3 …",
     .group = kLanguage,
     .bare = "auto"},
    {.name = "system",
     .takes = Takes::Text,
     .argument = "TEXT",
     .help = "what the model is told before the conversation",
     .group = kLanguage},
    {.name = "interactive",
     .help = "have a conversation: a line is a message, /help lists what else there is",
     .group = kLanguage},
    {.name = "perplexity",
     .takes = Takes::File,
     .argument = "FILE",
     .help = "how well the text in a file is predicted (without --tokenizer: token ids)",
     .group = kLanguage},
    {.name = "stop",
     .takes = Takes::Text,
     .argument = "TEXT",
     .help = "end the answer before this text",
     .group = kLanguage,
     .repeatable = true},
    {.name = "prompt-ids",
     .takes = Takes::Text,
     .argument = "IDS",
     .help = "token ids to continue, such as 1,2,3; @FILE: those in a file; -: those on standard input",
     .group = kLanguage},
    {.name = "prompt-tokens",
     .takes = Takes::Number,
     .argument = "N",
     .help = "continue N random tokens (see --seed), to measure",
     .group = kLanguage},
    {.name = "max-new-tokens",
     .takes = Takes::Number,
     .argument = "N",
     .help = "most tokens of the answer; default: what the context holds",
     .group = kLanguage},
    {.name = "ignore-eos", .help = "do not stop at tokens that end a text", .group = kLanguage},
    {.name = "temperature",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "0 takes the most probable token, 1 draws by the model's probabilities, more evens them out",
     .group = kLanguage,
     .fallback = "0"},
    {.name = "top-k",
     .takes = Takes::Number,
     .argument = "N",
     .help = "draw from the N most probable tokens only; 0: from all",
     .group = kLanguage,
     .fallback = "0"},
    {.name = "top-p",
     .takes = Takes::Real,
     .argument = "SHARE",
     .help = "draw from the fewest tokens that are as probable together",
     .group = kLanguage,
     .fallback = "1"},
    {.name = "min-p",
     .takes = Takes::Real,
     .argument = "SHARE",
     .help = "draw from tokens at least so probable, as a part of the most probable one",
     .group = kLanguage,
     .fallback = "0"},
    {.name = "repetition-penalty",
     .takes = Takes::Real,
     .argument = "NUMBER",
     .help = "make tokens that are there already less probable; 1: do not",
     .group = kLanguage,
     .fallback = "1"},
});

constexpr auto kRunExamples = std::to_array<Example>({
    {"ptetool run model.pte --data model.ptd", "does it run: random inputs, a summary of the outputs"},
    {"ptetool run model.pte --input x.npy --output-dir out", "from file to file"},
    {"ptetool run resnet.pte --input photo.jpg:imagenet --labels classes.txt", "what is in the picture"},
    {"ptetool run model.pte --against portable --rtol 1e-3", "does XNNPACK compute what the reference does"},
    {"ptetool run model.bpte", "does a bundled program give the outputs that it expects"},
    {"ptetool run model.pte --warmup 3 --duration 5 --memory", "how fast it is, and what it takes"},
    {"ptetool run model.pte --iterations 20 --profile-out trace.json", "where the time goes, for Perfetto"},
    {"ptetool run qwen3.pte@qwen3.ptd --tokenizer tokenizer.json --chat --prompt 'Who are you?'",
     "ask a language model"},
    {"ptetool run lora_a.pte@base.ptd,a.ptd base.pte@base.ptd --tokenizer . --prompt 'The sky is'",
     "what an adapter changes, and the memory that it adds"},
});

// diff

constexpr auto kDiffOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "OLD and NEW: two programs (bundled or not) or two data files; PROGRAM@DATA[,DATA…] binds data",
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

// dedupe

constexpr std::string_view kWriting = "Writing";

constexpr auto kDedupeOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "FILE",
     .help = "program or data file; MODEL@DATA[,DATA…] binds data, data files by themselves serve every program",
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

// generate

constexpr auto kGenerateOptions = std::to_array<OptionRow>({
    {.takes = Takes::Folder,
     .argument = "WHAT",
     .help = "'man DIR' or 'completions DIR'",
     .repeatable = true,
     .required = true},
});

constexpr auto kCommands = std::to_array<CommandRow>({
    {.name = "inspect",
     .summary = "show what is in programs and data files",
     .description =
         "Shows what is in a file: a one-screen overview, or the views chosen with --show. Only headers and tables are "
         "read, so files of many gigabytes open at once. The kind of a file is found from its content, never from its "
         "name; '-' reads standard input.\n\n"
         "A file that is damaged in places is shown as far as it goes; what could not be read is reported on standard "
         "error.",
     .options = kInspectOptions,
     .examples = kInspectExamples,
     .status_fine = "the files were shown",
     .run = inspect_command},
    {.name = "verify",
     .summary = "prove that files are sound and belong together",
     .description =
         "Checks every rule of the catalogue over each file, and over each program together with the data files, and "
         "reports all findings, the most severe first. Nothing is executed. Every finding names its rule, the place in "
         "the "
         "file and the byte offset.\n\n"
         "Checksums of weights are recomputed where that takes less than about a second, or with --checksums.",
     .options = kVerifyOptions,
     .examples = kVerifyExamples,
     .status_fine = "no error was found",
     .status_no = "an error was found (with --strict: an error or a warning)",
     .run = verify_command},
    {.name = "run",
     .summary = "execute a program",
     .description =
         "Loads a method, executes it with the inputs given, and shows its outputs and the time they took. "
         "A program is "
         "loaded only if it passes the checks of 'ptetool verify' that guard execution.\n\n"
         "Inputs that are not given are made from a seed. A file of several values, an .npz archive or a JSON "
         "object such as {\"x\": [[1, 2]], \"y\": 3}, is spread over the inputs by name, number or order. "
         "bfloat16 travels in .npy files as uint16, both ways.\n\n"
         "A language model continues a prompt: --prompt with --tokenizer, or token ids. The answer is printed as it is "
         "made; with several models on the line each one answers. With --against, both models see the same tokens, and "
         "their logits are compared.\n\n"
         "A bundled program runs its own test cases and compares their outputs. Where outputs are to be written "
         "or compared otherwise, or times measured, the inputs of its first case are taken.",
     .options = kRunOptions,
     .examples = kRunExamples,
     .status_fine = "the program ran",
     .status_no = "an output is not what --expect, --against or a bundled program expects",
     .status_interrupted = "Ctrl-C ended an answer; what was made of it is shown and reported on",
     .run = run_command},
    {.name = "diff",
     .summary = "tell two programs or data files apart",
     .description =
         "Compares OLD with NEW part by part: interface, operators, instructions, delegates, weights, memory plan, "
         "metadata, test cases. Sizes, and what no runtime notices, are told as well but are no difference by "
         "themselves. Nothing is executed.\n\n"
         "Weights are matched by content, then by name, then by where they are used, and last by shape and direction, "
         "so that renamed weights, those that moved into a data file, and the quantised form of a weight are "
         "recognised. "
         "Changed ones are compared as numbers, quantised ones dequantised first and turned ones turned back: the "
         "error "
         "is that of NEW against OLD. A weight whose data file is not given is not compared, and said so; where that "
         "leaves the answer open, the exit status is 2.\n\n"
         "Instructions, and the nodes of XNNPACK graphs, are aligned, so that an inserted operator is one difference; "
         "'moved' are those that do the same at another place, 'rewired' those that take an argument from elsewhere, "
         "and "
         "not by way of what was inserted, removed or moved. Delegates of other backends are compared by their bytes.",
     .options = kDiffOptions,
     .examples = kDiffExamples,
     .status_fine = "there is no difference, and everything was compared",
     .status_no = "there is a difference",
     .run = diff_command},
    {.name = "dedupe",
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
         "inputs are never written over. manifest.json says which program needs which data file.",
     .options = kDedupeOptions,
     .examples = kDedupeExamples,
     .status_fine = "the plan was shown, or the files were written",
     .status_no = "with --check: there is something to win",
     .run = dedupe_command},
    {.name = "generate",
     .summary = "write manual pages and completions",
     .description = "Writes the manual pages or the completions of the shells into a folder.",
     .options = kGenerateOptions,
     .run = generate_command,
     .hidden = true},
});

}  // namespace

std::span<const CommandRow> commands() { return kCommands; }

std::span<const OptionRow> global_options() { return kGlobalOptions; }

const CommandRow* find_command(std::string_view name) {
  const auto found = std::ranges::find(kCommands, name, &CommandRow::name);
  return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace ptetool::cli
