// What a text gives, else what the export fixed, else numbers that are made up from the seed.
#include "runtime/run_inputs.h"

#include <optional>
#include <utility>

#include "ptetool/base/text.h"
#include "runtime/input_shapes.h"
#include "runtime/input_texts.h"
#include "tensor/literal.h"

namespace ptetool {

namespace {

Result<HostValue> generate(const InputExpectation& expected, SeededRandom& random, std::uint64_t limit) {
  if (expected.kind == InputExpectation::Kind::Tensor) {
    const auto count = checked_numel(expected.sizes.span());
    const auto size =
        count ? checked_mul(static_cast<std::uint64_t>(*count), dtype_size(expected.dtype).value_or(1)) : std::nullopt;
    if (!size || *size > limit) {
      return fail(ErrorCode::Limit, "of shape " + shape_text(expected.sizes.span()) + " would need " +
                                        human_bytes(size.value_or(0)) +
                                        " of made-up data; give it with --input, or raise "
                                        "--max-memory");
    }
  }
  return random_input(expected, random);
}

// The scalar or text that the export fixed, which is what the method asks for (format-facts 5.8).
std::optional<HostValue> exported_value(const Model& model, std::string_view method, std::size_t input) {
  const pte::ExecutionPlan* plan = model.program->find_method(method);
  if (!plan || input >= plan->inputs.size()) return std::nullopt;
  const auto& content = plan->values[static_cast<std::size_t>(plan->inputs[input])].content;
  if (const auto* integer = std::get_if<pte::Int>(&content)) return HostValue(integer->value);
  if (const auto* real = std::get_if<pte::Double>(&content)) return HostValue(real->value);
  if (const auto* boolean = std::get_if<pte::Bool>(&content)) return HostValue(boolean->value);
  if (const auto* text = std::get_if<pte::String>(&content)) return HostValue(std::string(text->value));
  if (std::holds_alternative<pte::Null>(content)) return HostValue(std::monostate());
  return std::nullopt;
}

}  // namespace

Result<std::vector<RunInput>> prepare_inputs(const Method& method, const Model& model,
                                             std::span<const std::string> texts, const RunRequest& request,
                                             SeededRandom& random) {
  PTETOOL_ASSIGN(const auto sources, assign_texts(method, texts));
  std::vector<InputExpectation> expected;
  for (const ValueInfo& info : method.inputs()) expected.push_back(info.expected);
  PTETOOL_CHECK(use_shapes(expected, method, request.shapes));
  std::vector<RunInput> inputs;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    RunInput input;
    input.info = method.inputs()[i];
    if (sources[i]) {
      auto value = sources[i]->value(expected[i], random);
      if (!value) return about_input(i, std::move(value).error());
      input.value = std::move(*value);
      input.source = sources[i]->text();
    } else if (auto exported = exported_value(model, method.name(), i)) {
      input.value = std::move(*exported);
      input.source = "as exported";
    } else {
      auto value = generate(expected[i], random, request.max_generated_bytes);
      if (!value) return about_input(i, std::move(value).error());
      input.value = std::move(*value);
      input.source = "random, seed " + std::to_string(request.seed);
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Result<std::vector<RunInput>> given_inputs(const Method& method, std::span<const HostValue> values) {
  if (values.size() != method.inputs().size()) {
    return fail(ErrorCode::Usage, "method " + quoted(method.name()) + " takes " +
                                      counted(method.inputs().size(), "input") + ", given are " +
                                      std::to_string(values.size()));
  }
  std::vector<RunInput> inputs;
  for (std::size_t i = 0; i < values.size(); ++i) inputs.push_back({method.inputs()[i], "given", values[i]});
  return inputs;
}

// ';' inside quotes or brackets belongs to a literal.
std::vector<std::string> split_call(std::string_view text) {
  std::vector<std::string> inputs;
  std::string input;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ';') {
      inputs.push_back(std::exchange(input, {}));
      ++at;
      continue;
    }
    const std::size_t next = skip_nested(text, at);
    if (!input.empty() || text[at] != ' ') input += text.substr(at, next - at);
    at = next;
  }
  if (!input.empty() || !inputs.empty()) inputs.push_back(input);
  return inputs;
}

}  // namespace ptetool
