// FBS: the flatbuffer itself and the vectors that must be in it (format-facts 1.4, 5.2, 5.3).
#include <unordered_map>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

bool table_failure(const ReadFailure& failure) {
  const Error& error = failure.error;
  if (error.code == ErrorCode::Limit) return true;  // more than 2 GiB
  return readable(failure.kind) && error.code == ErrorCode::Malformed && !about_header(error) &&
         !error.message.ends_with("not aligned") && failure.file.size() >= 64;
}
bool misaligned(const ReadFailure& failure) {
  return failure.error.code == ErrorCode::Malformed && failure.error.message.ends_with("not aligned");
}

void has_methods(const pte::Program& program, Context& context) {
  if (!program.has_execution_plan) {
    context.report("execution_plan", program.root_offset, "is absent");
  } else if (program.execution_plan.empty()) {
    context.report("execution_plan", program.root_offset, "is empty: the program has no methods");
  }
}

void plans_complete(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const std::pair<bool, std::string_view> vectors[] = {{plan.present.values, "values"},
                                                         {plan.present.inputs, "inputs"},
                                                         {plan.present.outputs, "outputs"},
                                                         {plan.present.chains, "chains"},
                                                         {plan.present.operators, "operators"},
                                                         {plan.present.delegates, "delegates"},
                                                         {plan.present.buffer_sizes, "non_const_buffer_sizes"}};
    for (const auto& [present, name] : vectors) {
      if (!present) context.report(plan_path(p, name), plan.offset, "is absent");
    }
  });
}

void plans_have_chains(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    if (plan.present.chains && plan.chains.empty()) {
      context.report(plan_path(p, "chains"), plan.offset,
                     "is empty; a method has one chain, if perhaps without instructions");
    }
  });
}

void chains_have_instructions(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t c = 0; c < plan.chains.size(); ++c) {
      if (plan.chains[c].has_instructions) continue;
      context.report(plan_path(p) + "." + indexed("chains", c) + ".instructions", plan.chains[c].offset, "is absent");
    }
  });
}

void lists_plausible(const pte::Program& program, Context& context) {
  if (plausible_lists(program)) return;
  context.report("", program.root_offset,
                 "tables share their lists so often that these would be many times as large as the flatbuffer when "
                 "written out; nothing else was looked at");
}

void named_data_has_segments(const pte::Program& program, Context& context) {
  if (program.has_named_data && !program.has_segments) {
    context.report("named_data", program.root_offset, "is there, but no segments that could hold the data");
  }
}

void one_home_for_constants(const pte::Program& program, Context& context) {
  if (program.constant_buffer.empty() || !program.constant_segment || program.constant_segment->offsets.empty()) return;
  context.report("constant_buffer", program.root_offset, "has entries although there is a constant segment");
}

void method_names_unique(const pte::Program& program, Context& context) {
  std::unordered_map<std::string_view, std::size_t> first;
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    const auto [known, added] = first.try_emplace(plan.name, p);
    if (added || plan.name.empty()) return;
    context.report(plan_path(p, "name"), plan.offset,
                   "method " + quoted(plan.name) + " is there already, as " + plan_path(known->second));
  });
}

void methods_named(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    if (!plan.name.data()) context.report(plan_path(p, "name"), plan.offset, "is absent");
  });
}

void data_complete(const ptd::DataFile& data, Context& context) {
  if (!data.has_segments) context.report("segments", std::nullopt, "is absent");
  if (!data.has_entries) context.report("named_data", std::nullopt, "is absent");
}

void one_mutable_table(const pte::Program& program, Context& context) {
  if (program.mutable_data_segments.size() < 2) return;
  context.report(
      "mutable_data_segments", program.mutable_data_segments[1].table_offset,
      "has " + std::to_string(program.mutable_data_segments.size()) + " entries, of which runtimes use the first");
}

constexpr Rule kRules[] = {
    {{.id = "FBS001",
      .title = "every offset, vector and string of the flatbuffer lies inside it",
      .cause = "damaged or cut off bytes; or more than the 2 GiB that offsets can address",
      .effect =
          "ExecuTorch with full verification refuses with InvalidProgram; with its default (minimal) verification, "
          "and for data files always, it reads wherever the offsets point",
      .cure = "take the file from its source again"},
     table_failure},
    {{.id = "FBS002",
      .title = "lists of 8-byte numbers lie on 8-byte boundaries",
      .cause = "a writer that is not the flatbuffers library, or damaged offsets",
      .effect = "ExecuTorch does not check this; processors that need alignment fault",
      .cure = "export the program again"},
     misaligned},
    {{.id = "FBS003",
      .guards_execution = true,
      .title = "a program has methods",
      .cause = "an empty or damaged program",
      .effect = "ExecuTorch refuses a program without execution_plan with InvalidProgram; no method can be loaded",
      .cure = "export the program again"},
     has_methods},
    {{.id = "FBS004",
      .guards_execution = true,
      .title = "a method has all the lists that loading needs",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write empty vectors instead of none"},
     plans_complete},
    {{.id = "FBS005",
      .title = "a method has a chain",
      .cause = "a writer that leaves out the chain of methods without instructions",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write one chain without instructions"},
     plans_have_chains},
    {{.id = "FBS006",
      .title = "a chain has a list of instructions",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the method with InvalidProgram",
      .cure = "write an empty vector instead of none"},
     chains_have_instructions},
    {{.id = "FBS007",
      .guards_execution = true,
      .title = "lists are not shared beyond measure",
      .cause = "a hostile file that expands to very much more than its size",
      .effect = "ExecuTorch does not check this; tools that walk the lists take very long",
      .cure = "do not use the file"},
     lists_plausible},
    {{.id = "FBS008",
      .guards_execution = true,
      .title = "named data has segments to be in",
      .cause = "a tool that dropped the segments",
      .effect = "ExecuTorch refuses the program with InvalidProgram",
      .cure = "export the program again"},
     named_data_has_segments},
    {{.id = "FBS009",
      .guards_execution = true,
      .title = "constants are either in constant_buffer or in the constant segment",
      .cause = "a tool that moved constants and left the old ones",
      .effect = "ExecuTorch refuses the program with InvalidProgram",
      .cure = "export the program again"},
     one_home_for_constants},
    {{.id = "FBS010",
      .severity = Severity::Warning,
      .title = "method names are unique",
      .cause = "programs put together by hand",
      .effect = "ExecuTorch finds methods by name and takes the first: the others cannot be reached",
      .cure = "rename the methods before export"},
     method_names_unique},
    {{.id = "FBS011",
      .severity = Severity::Warning,
      .title = "every method has a name",
      .cause = "a program of before the first release, or a damaged one",
      .effect = "ExecuTorch finds methods by name and cannot load this one",
      .cure = "export the program again"},
     methods_named},
    {{.id = "FBS012",
      .title = "a data file has its two lists",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch refuses the file with InvalidExternalData",
      .cure = "write empty vectors instead of none"},
     data_complete},
    {{.id = "FBS013",
      .severity = Severity::Warning,
      .title = "there is one table of initial state",
      .cause = "a writer newer than this tool",
      .effect = "ExecuTorch reads initial state from the first table only",
      .cure = "none is known"},
     one_mutable_table},
};

}  // namespace

std::span<const Rule> fbs_rules() { return kRules; }

}  // namespace ptetool::verify
