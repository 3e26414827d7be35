// Makes the calls of a run request and keeps what came out.
#include "ptetool/runtime/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"

namespace ptetool {

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Failure about_input(std::size_t index, Error error) {
  const std::string where = "input " + std::to_string(index);
  error.path = error.path.empty() || error.path == where ? where : where + "." + error.path;
  return Failure(std::move(error));
}

// Which input a text is for: "NAME=text" and "INDEX=text" say so, others come in order.
Result<std::vector<std::optional<std::string>>> assign(const Method& method, std::span<const std::string> texts) {
  const auto inputs = method.inputs();
  std::vector<std::optional<std::string>> assigned(inputs.size());
  std::size_t next = 0;
  for (const std::string& text : texts) {
    std::size_t target = inputs.size();
    std::string rest = text;
    if (const auto equals = text.find('='); equals != std::string::npos && equals > 0) {
      const std::string name = text.substr(0, equals);
      const bool number = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
      const auto named = std::ranges::find_if(inputs, [&](const ValueInfo& info) { return info.name == name; });
      if (number) {
        target = name.size() > 6 ? inputs.size() : static_cast<std::size_t>(std::stoul(name));
        if (target >= inputs.size()) {
          return fail(ErrorCode::Usage, "input " + name + " does not exist; method " + quoted(method.name()) + " has " +
                                            counted(inputs.size(), "input"));
        }
      } else if (named != inputs.end()) {
        target = static_cast<std::size_t>(named - inputs.begin());
      }
      if (target < inputs.size()) rest = text.substr(equals + 1);
    }
    if (target == inputs.size()) {
      while (next < inputs.size() && assigned[next]) ++next;
      target = next;
    }
    if (target >= inputs.size()) {
      return fail(ErrorCode::Usage, "more inputs are given than method " + quoted(method.name()) + " has (" +
                                        std::to_string(inputs.size()) + ")");
    }
    if (assigned[target]) return fail(ErrorCode::Usage, "input " + std::to_string(target) + " is given twice");
    assigned[target] = rest;
  }
  return assigned;
}

Result<HostValue> generate(const ValueInfo& info, SeededRandom& random, std::uint64_t limit) {
  if (info.expected.kind == InputExpectation::Kind::Tensor) {
    const auto count = checked_numel(info.expected.sizes.span());
    const auto size = count
                          ? checked_mul(static_cast<std::uint64_t>(*count), dtype_size(info.expected.dtype).value_or(1))
                          : std::nullopt;
    if (!size || *size > limit) {
      return fail(ErrorCode::Limit, "of shape " + shape_text(info.expected.sizes.span()) + " would need " +
                                        human_bytes(size.value_or(0)) +
                                        " of made-up data; give it with --input, or raise "
                                        "--max-memory");
    }
  }
  return random_input(info.expected, random);
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

Result<std::vector<RunInput>> prepare(const Method& method, const Model& model, std::span<const std::string> texts,
                                      const RunRequest& request, SeededRandom& random) {
  PTETOOL_ASSIGN(const auto assigned, assign(method, texts));
  std::vector<RunInput> inputs;
  for (std::size_t i = 0; i < assigned.size(); ++i) {
    RunInput input;
    input.info = method.inputs()[i];
    if (assigned[i]) {
      auto value = parse_input(*assigned[i], input.info.expected, random);
      if (!value) return about_input(i, std::move(value).error());
      input.value = std::move(*value);
      input.source = *assigned[i];
    } else if (auto exported = exported_value(model, method.name(), i)) {
      input.value = std::move(*exported);
      input.source = "as exported";
    } else {
      auto value = generate(input.info, random, request.max_generated_bytes);
      if (!value) return about_input(i, std::move(value).error());
      input.value = std::move(*value);
      input.source = "random, seed " + std::to_string(request.seed);
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Result<std::vector<RunInput>> given(const Method& method, std::span<const HostValue> values) {
  if (values.size() != method.inputs().size()) {
    return fail(ErrorCode::Usage, "method " + quoted(method.name()) + " takes " +
                                      counted(method.inputs().size(), "input") + ", given are " +
                                      std::to_string(values.size()));
  }
  std::vector<RunInput> inputs;
  for (std::size_t i = 0; i < values.size(); ++i) inputs.push_back({method.inputs()[i], "given", values[i]});
  return inputs;
}

Result<HostValue> keep(const Value& value) {
  return std::visit(
      [](const auto& content) -> Result<HostValue> {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, Tensor>) {
          if (!content.data && content.nbytes() != 0) return fail(ErrorCode::Malformed, "has no memory");
          PTETOOL_ASSIGN(OwnedTensor copy, contiguous_copy(content));
          return HostValue(std::move(copy));
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return HostValue(std::string(content));
        } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>) {
          return HostValue(content);
        } else {
          return HostValue(std::monostate());
        }
      },
      value);
}

Result<> set_inputs(Method& method, std::span<const RunInput> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) PTETOOL_CHECK(method.set_input(i, inputs[i].value));
  return {};
}

}  // namespace

Result<HostValue> host_value(const bundled::Value& value) {
  return std::visit(
      [](const auto& content) -> Result<HostValue> {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, bundled::Tensor>) {
          const Sizes sizes(content.sizes);
          if (content.sizes.size() > kMaxRank || !checked_numel(sizes.span()) ||
              content.dim_order.size() != content.sizes.size() || !is_permutation(content.dim_order)) {
            return fail(ErrorCode::Malformed, "a bundled tensor has sizes or a dim order that make no tensor");
          }
          PTETOOL_ASSIGN(OwnedTensor tensor, allocate_tensor(content.scalar_type, sizes.span(), content.data.size()));
          if (tensor.tensor.nbytes() != content.data.size()) {
            return fail(ErrorCode::Malformed, "a bundled tensor of shape " + shape_text(content.sizes) + " has " +
                                                  counted(content.data.size(), "byte"));
          }
          tensor.tensor.dim_order = DimOrder(content.dim_order);
          tensor.tensor.strides = strides_of(sizes.span(), content.dim_order);
          if (!content.data.empty()) std::memcpy(tensor.tensor.data, content.data.data(), content.data.size());
          return HostValue(std::move(tensor));
        } else if constexpr (std::is_same_v<T, bundled::UnknownValue>) {
          return fail(ErrorCode::Malformed, "a bundled value is of an unknown kind");
        } else {
          return HostValue(content);
        }
      },
      value.content);
}

double RunTiming::percentile(double share) const {
  if (iterations_ms.empty()) return 0;
  std::vector<double> sorted = iterations_ms;
  std::ranges::sort(sorted);
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

Result<RunResult> run(std::shared_ptr<const Model> model, const RunRequest& request,
                      std::span<DelegateBackend* const> backends) {
  const auto load_start = std::chrono::steady_clock::now();
  PTETOOL_ASSIGN(const auto method, Method::load(model, request.load, backends));
  RunResult result;
  result.timing.load_ms = milliseconds_since(load_start);
  result.method = method->name();
  result.planned_bytes = method->planned_bytes();
  SeededRandom random(request.seed);
  const std::size_t calls = request.values ? 1 : request.calls.size();
  for (std::size_t c = 0; c < calls; ++c) {
    RunCall call;
    PTETOOL_ASSIGN(call.inputs, request.values ? given(*method, *request.values)
                                               : prepare(*method, *model, request.calls[c], request, random));
    const bool measured = c + 1 == calls;
    const unsigned warmup = measured ? request.warmup : 0;
    const unsigned executions = warmup + (measured ? std::max(request.iterations, 1u) : 1);
    for (unsigned i = 0; i < executions; ++i) {
      // Every execution starts from the inputs given: a method may write into them.
      PTETOOL_CHECK(set_inputs(*method, call.inputs));
      const auto start = std::chrono::steady_clock::now();
      PTETOOL_CHECK(method->execute());
      const double elapsed = milliseconds_since(start);
      if (c == 0 && i == 0) result.timing.first_ms = elapsed;
      if (measured && i >= warmup) result.timing.iterations_ms.push_back(elapsed);
    }
    for (std::size_t i = 0; i < method->outputs().size(); ++i) {
      auto output = keep(method->output(i));
      if (!output) {
        Error error = std::move(output).error();
        error.file = model->program->file->name();
        error.path = "output " + std::to_string(i);
        return Failure(std::move(error));
      }
      call.outputs.push_back(std::move(*output));
    }
    result.calls.push_back(std::move(call));
  }
  return result;
}

Result<> write_outputs(const RunResult& result, const std::string& directory) {
  for (std::size_t c = 0; c < result.calls.size(); ++c) {
    std::filesystem::path folder(directory);
    if (result.calls.size() > 1) folder /= std::to_string(c);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorCode::Io, folder.string(), "", "cannot make the folder: " + error.message());
    const auto& outputs = result.calls[c].outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string base = (folder / std::to_string(i)).string();
      if (const auto* tensor = std::get_if<OwnedTensor>(&outputs[i])) {
        PTETOOL_ASSIGN(const auto bytes, write_npy(tensor->tensor));
        PTETOOL_CHECK(write_file(base + ".npy", bytes));
      } else {
        PTETOOL_CHECK(write_file(base + ".txt", bytes_of(literal_text(outputs[i]) + "\n")));
      }
    }
  }
  return {};
}

}  // namespace ptetool
