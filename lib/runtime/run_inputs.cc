// Inputs of a call: texts are told apart by name, index and order; files with several values are spread over the
// inputs.
#include "runtime/run_inputs.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "ptetool/base/text.h"
#include "tensor/literal.h"

namespace ptetool {

namespace {

Failure about_input(std::size_t index, Error error) {
  const std::string where = "input " + std::to_string(index);
  error.path = error.path.empty() || error.path == where ? where : where + "." + error.path;
  return Failure(std::move(error));
}

std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The input that a name or an index means; nullopt for a name that no input has. Errors: Usage (no such index).
Result<std::optional<std::size_t>> find_input(const Method& method, std::string_view name) {
  const auto inputs = method.inputs();
  const auto named = std::ranges::find(inputs, name, &ValueInfo::name);
  if (named != inputs.end() && !name.empty()) return static_cast<std::size_t>(named - inputs.begin());
  const auto number = whole_number(name);
  if (!number) return std::nullopt;
  if (*number >= inputs.size()) {
    return fail(ErrorCode::Usage, "input " + std::string(name) + " does not exist; method " + quoted(method.name()) +
                                      " has " + counted(inputs.size(), "input"));
  }
  return *number;
}

using Sources = std::vector<std::optional<InputSource>>;

class Assignment {
 public:
  explicit Assignment(const Method& method) : method_(method), sources_(method.inputs().size()) {}

  // "NAME=text" and "INDEX=text" say which input they are for, others come in order.
  Result<> add(const std::string& text) {
    std::optional<std::size_t> target;
    std::string rest = text;
    if (const auto equals = text.find('='); equals != std::string::npos && equals > 0) {
      PTETOOL_ASSIGN(target, find_input(method_, text.substr(0, equals)));
      if (target) rest = text.substr(equals + 1);
    }
    PTETOOL_ASSIGN(InputSource source, InputSource::open(rest));
    const auto names = source.names();
    if (target || names.empty()) return put(target, std::move(source));
    for (std::size_t i = 0; i < names.size(); ++i) {
      PTETOOL_ASSIGN(const auto own, input_of(names[i], names));
      PTETOOL_CHECK(put(own, source.part(i)));
    }
    return {};
  }

  Sources take() { return std::move(sources_); }

 private:
  // Which input a value of a file is for: the one of its name; else of its number, which numpy.savez writes as "arr_0";
  // else the next one, where no value has a name that an input has.
  Result<std::optional<std::size_t>> input_of(const std::string& name, std::span<const std::string> all) const {
    constexpr std::string_view kUnnamed = "arr_";
    PTETOOL_ASSIGN(auto found, find_input(method_, name.starts_with(kUnnamed) ? name.substr(kUnnamed.size()) : name));
    if (found) return found;
    const bool named = std::ranges::any_of(all, [&](const std::string& other) {
      return std::ranges::find(method_.inputs(), other, &ValueInfo::name) != method_.inputs().end();
    });
    if (!named) return std::nullopt;
    std::vector<std::string> known;
    for (const ValueInfo& info : method_.inputs()) known.push_back(info.name);
    return fail(ErrorCode::Usage, "method " + quoted(method_.name()) + " has no input " + quoted(name) + "; it has " +
                                      name_list(known, 8));
  }

  Result<> put(std::optional<std::size_t> target, InputSource source) {
    if (!target) {
      while (next_ < sources_.size() && sources_[next_]) ++next_;
      target = next_;
    }
    if (*target >= sources_.size()) {
      return fail(ErrorCode::Usage, "more inputs are given than method " + quoted(method_.name()) + " has (" +
                                        std::to_string(sources_.size()) + ")");
    }
    if (sources_[*target]) return fail(ErrorCode::Usage, "input " + std::to_string(*target) + " is given twice");
    sources_[*target] = std::move(source);
    return {};
  }

  const Method& method_;
  Sources sources_;
  std::size_t next_ = 0;
};

// "1,3,64,64"; nullopt for anything else.
std::optional<Sizes> parse_sizes(std::string_view text) {
  Sizes sizes;
  while (true) {
    const auto comma = text.find(',');
    const auto size = whole_number(text.substr(0, comma));
    if (!size || std::cmp_greater(*size, std::numeric_limits<std::int64_t>::max()) || sizes.full()) return std::nullopt;
    sizes.push_back(static_cast<std::int64_t>(*size));
    if (comma == std::string_view::npos) return sizes;
    text.remove_prefix(comma + 1);
  }
}

// The sizes asked for have to be possible: those of the export, or within its bound where they are dynamic.
Result<> use_shape(InputExpectation& expected, const Sizes& sizes) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::Mismatch, "cannot have the shape " + shape_text(sizes.span()) + ": " + std::string(why) +
                                         shape_text(expected.sizes.span()));
  };
  if (expected.kind != InputExpectation::Kind::Tensor) return fail(ErrorCode::Usage, "is no tensor and has no shape");
  if (sizes.size() != expected.sizes.size()) return refuse("the rank is fixed; the program says ");
  if (!expected.dynamic && sizes != expected.sizes) return refuse("the program fixes it to ");
  const auto count = checked_numel(sizes.span());
  if (!count || *count > numel(expected.sizes.span())) return refuse("that is more than the program's upper bound ");
  expected.sizes = sizes;
  expected.dynamic = false;
  return {};
}

// --shape: "NAME=1,3,64,64", "INDEX=…", or the sizes alone where there is one tensor.
Result<> use_shapes(std::vector<InputExpectation>& expected, const Method& method,
                    std::span<const std::string> shapes) {
  for (const std::string& text : shapes) {
    const auto equals = text.rfind('=');
    const auto sizes = parse_sizes(equals == std::string::npos ? text : text.substr(equals + 1));
    if (!sizes) return fail(ErrorCode::Usage, "--shape takes NAME=1,3,64,64 or INDEX=…, not " + quoted(text));
    std::optional<std::size_t> target;
    if (equals != std::string::npos) {
      PTETOOL_ASSIGN(target, find_input(method, text.substr(0, equals)));
      if (!target) {
        return fail(ErrorCode::Usage, "method " + quoted(method.name()) + " has no input " +
                                          quoted(text.substr(0, equals)) + ", for which --shape gives sizes");
      }
    } else {
      const auto is_tensor = [](const InputExpectation& e) { return e.kind == InputExpectation::Kind::Tensor; };
      if (std::ranges::count_if(expected, is_tensor) != 1) {
        return fail(ErrorCode::Usage, "--shape " + text + " does not say of which input; write INDEX=" + text);
      }
      target = static_cast<std::size_t>(std::ranges::find_if(expected, is_tensor) - expected.begin());
    }
    if (auto used = use_shape(expected[*target], *sizes); !used) return about_input(*target, std::move(used).error());
  }
  return {};
}

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
  Assignment assignment(method);
  for (const std::string& text : texts) PTETOOL_CHECK(assignment.add(text));
  const Sources sources = assignment.take();
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
