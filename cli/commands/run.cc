// What `ptetool run` takes, and what its help says.
#include "commands/language_options.h"
#include "commands/rows.h"

namespace ptetool::cli {

namespace {

constexpr std::string_view kInputs = "Inputs and outputs";
constexpr std::string_view kExecution = "Execution";
constexpr std::string_view kMeasuring = "Measuring";
constexpr std::string_view kChecking = "Checking";

constexpr auto kOwnOptions = std::to_array<OptionRow>({
    {.takes = Takes::File,
     .argument = "MODEL",
     .help = "program or bundled program; MODEL@DATA[,DATA…] binds data (@@: an @ in a path)",
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
});

constexpr auto kRunOptions = joined(kOwnOptions, kLanguageOptions);

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

}  // namespace

const CommandRow& run_row() {
  static constexpr CommandRow kRow = {
      .name = "run",
      .summary = "execute a program",
      .description =
          "Loads a method, executes it with the inputs given, and shows its outputs and the time they took. "
          "A program is "
          "loaded only if it passes the checks of 'ptetool verify' that guard execution.\n\n"
          "Inputs that are not given are made from a seed. A file of several values, an .npz archive or a JSON "
          "object such as {\"x\": [[1, 2]], \"y\": 3}, is spread over the inputs by name, number or order. "
          "bfloat16 travels in .npy files as uint16, both ways.\n\n"
          "A language model continues a prompt: --prompt with --tokenizer, or token ids. The answer is printed as it "
          "is "
          "made; with several models on the line each one answers. With --against, both models see the same tokens, "
          "and "
          "their logits are compared.\n\n"
          "A bundled program runs its own test cases and compares their outputs. Where outputs are to be written "
          "or compared otherwise, or times measured, the inputs of its first case are taken.",
      .options = kRunOptions,
      .examples = kRunExamples,
      .status_fine = "the program ran",
      .status_no = "an output is not what --expect, --against or a bundled program expects",
      .status_interrupted = "Ctrl-C ended an answer; what was made of it is shown and reported on",
      .run = run_command};
  return kRow;
}

}  // namespace ptetool::cli
