// Makes the calls of a run request and keeps what came out.
#include "ptetool/runtime/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"
#include "runtime/run_inputs.h"

namespace ptetool {

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
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
    PTETOOL_ASSIGN(call.inputs, request.values ? given_inputs(*method, *request.values)
                                               : prepare_inputs(*method, *model, request.calls[c], request, random));
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
