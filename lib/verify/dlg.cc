// DLG: delegates: their ids, payloads and compile specs (format-facts 4, 5.5). What is inside XNNPACK's is for XNN.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "ptetool/format/delegate_blob.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

struct DelegateAt {
  const pte::ExecutionPlan& plan;
  const pte::BackendDelegate& delegate;
  std::size_t plan_index;
  std::size_t index;
  std::string path(std::string_view field = {}) const {
    std::string path = plan_path(plan_index) + "." + indexed("delegates", index);
    if (!field.empty()) path += "." + std::string(field);
    return path;
  }
  std::uint64_t offset() const { return delegate.offset; }
};

template <class Function>
void each_delegate(const pte::Program& program, Function&& function) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    for (std::size_t d = 0; d < plan.delegates.size(); ++d) function(DelegateAt{plan, plan.delegates[d], p, d});
  });
}

void ids_present(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (at.delegate.id.empty()) context.report(at.path("id"), at.offset(), "is absent or empty");
  });
}

void processed_present(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (!at.delegate.has_processed)
      context.report(at.path("processed"), at.offset(), "is absent: the delegate has no payload");
  });
}

void payloads_exist(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (!at.delegate.has_processed) return;
    const auto bytes = program.delegate_bytes(at.delegate);
    if (bytes) return;
    const Error& error = bytes.error();
    const bool segment = error.path.starts_with("segments") || error.path.starts_with("backend_delegate_data");
    context.report(at.path("processed"), at.offset(), segment ? error.path + " " + error.message : error.message);
  });
}

void payloads_not_empty(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    const auto bytes = program.delegate_bytes(at.delegate);
    if (bytes && bytes->empty()) context.report(at.path("processed"), at.offset(), "is empty");
  });
}

void backends_known(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (at.delegate.id.empty() || known_backend(at.delegate.id)) return;
    context.report(at.path("id"), at.offset(), quoted(at.delegate.id) + " is no backend of any release");
  });
}

void backends_executable(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (at.delegate.id == "XnnpackBackend" || !known_backend(at.delegate.id)) return;
    context.report(at.path("id"), at.offset(), quoted(at.delegate.id) + " cannot be executed here");
  });
}

// What payloads begin with. A backend in this list always writes its tag, and nobody else does.
struct Tag {
  std::string_view backend;
  std::uint64_t at;
  std::string_view text;
};
constexpr std::array<Tag, 6> kTags = {{
    {"VulkanBackend", 4, "VH00"},
    {"MPSBackend", 4, "MP00"},
    {"MLXBackend", 4, "MLX0"},
    {"EthosUBackend", 0, "vela_bin_stream"},
    {"TOSABackend", 4, "TOSA"},
    {"XnnpackBackend", 4, "XH00"},
}};

void payloads_match_id(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    const auto bytes = program.delegate_bytes(at.delegate);
    // Test backends and those of Arm's first releases take many formats.
    if (!bytes || bytes->empty() || at.delegate.id == "ArmBackend") return;
    const auto there = std::ranges::find_if(kTags, [&](const Tag& tag) { return has_tag(*bytes, tag.at, tag.text); });
    const auto own = std::ranges::find(kTags, at.delegate.id, &Tag::backend);
    if (there != kTags.end() && there != own) {
      context.report(at.path("processed"), at.offset(),
                     "is a payload of " + std::string(there->backend) + ", but the id is " + quoted(at.delegate.id));
    } else if (there == kTags.end() && own != kTags.end() && own->backend != "XnnpackBackend") {
      // Old XNNPACK payloads have no header; their reader says what is wrong with them.
      context.report(at.path("processed"), at.offset(),
                     "does not begin as payloads of " + std::string(own->backend) + " do");
    }
  });
}

void compile_specs_complete(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    for (std::size_t i = 0; i < at.delegate.compile_specs.size(); ++i) {
      const pte::CompileSpec& spec = at.delegate.compile_specs[i];
      if (!spec.key.data()) context.report(at.path(indexed("compile_specs", i) + ".key"), at.offset(), "is absent");
      if (!spec.value.data()) context.report(at.path(indexed("compile_specs", i) + ".value"), at.offset(), "is absent");
    }
  });
}

void compile_specs_known(const pte::Program& program, Context& context) {
  each_delegate(program, [&](const DelegateAt& at) {
    if (at.delegate.id != "XnnpackBackend") return;
    for (std::size_t i = 0; i < at.delegate.compile_specs.size(); ++i) {
      const std::string_view key = at.delegate.compile_specs[i].key;
      if (!key.data() || key == "dqlinear_partitioner") continue;
      context.report(at.path(indexed("compile_specs", i) + ".key"), at.offset(),
                     quoted(key) + " is no compile spec of XnnpackBackend");
    }
  });
}

void delegates_called(const pte::Program& program, Context& context) {
  each_plan(program, [&](const pte::ExecutionPlan& plan, std::size_t p) {
    std::unordered_set<std::int64_t> called;
    each_instruction(plan, p, [&](const InstructionAt& at) {
      if (const auto* call = std::get_if<pte::DelegateCall>(&at.instruction.content))
        called.insert(call->delegate_index);
    });
    for (std::size_t d = 0; d < plan.delegates.size(); ++d) {
      if (called.contains(static_cast<std::int64_t>(d))) continue;
      context.report(DelegateAt{plan, plan.delegates[d], p, d}.path(), plan.delegates[d].offset,
                     "no instruction calls it");
    }
  });
}

constexpr Rule kRules[] = {
    {{.id = "DLG001",
      .guards_execution = true,
      .title = "delegates have the id of their backend",
      .cause = "a damaged or hand-made program",
      .effect = "ExecuTorch refuses the method",
      .cure = "export the program again"},
     ids_present},
    {{.id = "DLG002",
      .guards_execution = true,
      .title = "delegates say where their payload is",
      .cause = "a tool that stripped payloads",
      .effect = "ExecuTorch does not check this and reads through a null pointer",
      .cure = "export the program again"},
     processed_present},
    {{.id = "DLG003",
      .guards_execution = true,
      .title = "the payload of a delegate is in the program",
      .cause = "a damaged program, or one that is cut off",
      .effect = "ExecuTorch fails when it loads the method, with NotFound, Internal or an error of the data loader",
      .cure = "export the program again"},
     payloads_exist},
    {{.id = "DLG004",
      .severity = Severity::Warning,
      .title = "the payload of a delegate is not empty",
      .cause = "a backend that needs no payload, or a tool that stripped it",
      .effect = "most backends refuse to initialise",
      .cure = "none is needed where the backend takes it"},
     payloads_not_empty},
    {{.id = "DLG005",
      .severity = Severity::Warning,
      .title = "the backend of a delegate is known",
      .cause = "a backend outside ExecuTorch, or a damaged id",
      .effect = "a runtime without the backend refuses the method with NotFound; it cannot be executed here",
      .cure = "link the backend into the runtime"},
     backends_known},
    {{.id = "DLG006",
      .severity = Severity::Note,
      .title = "the backend of a delegate can be executed by ptetool",
      .cause = "an export for special hardware or another library",
      .effect = "runtimes with the backend run the method; `ptetool run` refuses it",
      .cure = "none is needed; export for XnnpackBackend to run it here"},
     backends_executable},
    {{.id = "DLG007",
      .severity = Severity::Warning,
      .title = "a payload is in the format of its backend",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "the backend refuses to initialise, with DelegateInvalidCompatibility for most",
      .cure = "export the program again"},
     payloads_match_id},
    {{.id = "DLG008",
      .title = "compile specs have a key and a value",
      .cause = "a writer that leaves out empty vectors",
      .effect = "ExecuTorch does not check this and reads through a null pointer",
      .cure = "write an empty value instead of none"},
     compile_specs_complete},
    {{.id = "DLG009",
      .severity = Severity::Note,
      .title = "compile specs of XNNPACK delegates are known",
      .cause = "another exporter",
      .effect = "none: XNNPACK's runtime ignores all compile specs",
      .cure = "none is needed"},
     compile_specs_known},
    {{.id = "DLG010",
      .severity = Severity::Note,
      .title = "every delegate is called",
      .cause = "a tool that removed the calls",
      .effect = "ExecuTorch initialises the delegate all the same, which takes time and memory",
      .cure = "export the program again"},
     delegates_called},
};

}  // namespace

std::span<const Rule> dlg_rules() { return kRules; }

}  // namespace ptetool::verify
