// What must hold before a method is loaded: the program is sound, and everything in the method can be executed here.
#include <algorithm>
#include <map>
#include <utility>

#include "ptetool/base/text.h"
#include "runtime/load_steps.h"

namespace ptetool {

namespace {

// The most content-keyed bytes that a load hashes by default: about 50 ms.
constexpr std::uint64_t kLoadChecksumBytes = std::uint64_t{64} << 20;

ErrorCode code_of(const verify::Finding& finding) {
  const std::string_view rule = finding.rule ? finding.rule->id : std::string_view();
  if (rule == "SET001" || rule == "SET002") return ErrorCode::Missing;
  if (rule.starts_with("SET") || rule.starts_with("SUM") || rule.starts_with("NDM")) return ErrorCode::Mismatch;
  return ErrorCode::Malformed;
}

Error to_error(const verify::Finding& finding) {
  Error error;
  error.code = code_of(finding);
  error.file = finding.file;
  error.path = finding.path;
  error.offset = finding.offset;
  error.message = finding.message;
  if (finding.count > 1) error.message += " (and " + counted(finding.count - 1, "more place") + ")";
  if (finding.rule) error.message += " [" + std::string(finding.rule->id) + "]";
  return error;
}

// The first problem as the error, the rest behind it.
Result<> first_of(std::vector<Error> errors) {
  if (errors.empty()) return {};
  Error first = std::move(errors.front());
  first.others.assign(std::make_move_iterator(errors.begin() + 1), std::make_move_iterator(errors.end()));
  return Failure(std::move(first));
}

}  // namespace

namespace {

Result<> prove_scope(const Model& model, const LoadOptions& options, verify::Scope scope) {
  verify::Options rules;
  rules.checksums = options.checksums;
  rules.auto_checksum_bytes = kLoadChecksumBytes;
  rules.progress = options.progress;
  std::vector<Error> errors;
  for (const verify::Finding& finding : verify::verify_model(model, rules, scope)) {
    if (finding.severity == verify::Severity::Error) errors.push_back(to_error(finding));
  }
  return first_of(std::move(errors));
}

}  // namespace

Result<> prove(const Model& model, const LoadOptions& options) {
  return prove_scope(model, options, verify::Scope::GuardsOfStructure);
}

std::future<Result<>> prove_content(std::shared_ptr<const Model> model, const LoadOptions& options) {
  LoadOptions own = options;
  // Only who waits for the answer is told how far it is: what is told may be gone before the thread is.
  if (options.checksums != verify::Checksums::On) own.progress = {};
  return std::async([model = std::move(model), own = std::move(own)] {
    return prove_scope(*model, own, verify::Scope::GuardsOfContent);
  });
}

DelegateBackend* find_backend(std::span<DelegateBackend* const> backends, std::string_view id) {
  const auto found = std::ranges::find_if(backends, [&](const DelegateBackend* each) { return each->id() == id; });
  return found == backends.end() ? nullptr : *found;
}

Result<> prove_supported(const Model& model, std::size_t plan_index, std::span<DelegateBackend* const> backends) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
  std::map<std::string, std::size_t> lacking;
  for (const pte::Chain& chain : plan.chains) {
    for (const pte::Instruction& instruction : chain.instructions) {
      const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
      if (!call) continue;
      const std::string name = plan.operators[static_cast<std::size_t>(call->op_index)].full_name();
      const BoundOperator* op = find_operator(name);
      if (!op) ++lacking["operator " + quoted(name) + " is unknown to this build"];
      if (op && !op->row->kernel) ++lacking["operator " + quoted(name) + " has no kernel yet"];
    }
  }
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate.plan != plan_index) continue;
    const std::string_view id = plan.delegates[delegate.index].id;
    DelegateBackend* backend = find_backend(backends, id);
    if (!backend) {
      ++lacking["backend " + quoted(id) + " cannot be executed here, only XnnpackBackend can"];
      continue;
    }
    for (const std::string& item : backend->unsupported(delegate))
      ++lacking["XNNPACK " + item + " is not supported yet"];
  }
  if (lacking.empty()) return {};
  Error error;
  error.code = ErrorCode::Unsupported;
  error.file = model.program->file->name();
  error.message = "method " + quoted(plan.name) + " cannot run: " + counted(lacking.size(), "thing is", "things are") +
                  " missing in this build";
  for (const auto& [what, uses] : lacking) {
    Error one;
    one.code = ErrorCode::Unsupported;
    one.file = error.file;
    one.message = what + " (" + counted(uses, "use") + ")";
    error.others.push_back(std::move(one));
  }
  return Failure(std::move(error));
}

}  // namespace ptetool
