// Makes the calls of a run request and keeps what came out.
#include "ptetool/runtime/session.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "ptetool/base/text.h"
#include "runtime/peak.h"
#include "runtime/run_inputs.h"

namespace ptetool {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
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

// The executions of one call. Only the last call is repeated and measured.
Result<> execute_call(Method& method, const RunCall& call, const RunRequest& request, std::size_t index,
                      std::size_t calls, RunResult& result) {
  const bool measured = index + 1 == calls;
  const unsigned warmup = measured ? request.warmup : 0;
  const std::size_t iterations = measured ? std::max(request.iterations, 1u) : 1;
  const double duration_ms = measured ? request.duration_ms : 0;
  std::vector<double>& times = result.timing.iterations_ms;
  Clock::time_point start = Clock::now();
  for (unsigned i = 0;; ++i) {
    const bool counted = measured && i >= warmup;
    if (i == warmup) start = Clock::now();
    // Every execution starts from the inputs given: a method may write into them.
    PTETOOL_CHECK(set_inputs(method, call.inputs));
    const auto begin = Clock::now();
    PTETOOL_CHECK(method.execute(counted && result.profile ? &*result.profile : nullptr));
    const double elapsed = milliseconds_since(begin);
    if (index == 0 && i == 0) result.timing.first_ms = elapsed;
    if (!measured) return {};
    if (!counted) continue;
    times.push_back(elapsed);
    const double so_far = milliseconds_since(start);
    if ((times.size() >= iterations && so_far >= duration_ms) || times.size() >= kMaxIterations) return {};
    if (request.progress) {
      const double share = std::min(static_cast<double>(times.size()) / static_cast<double>(iterations),
                                    duration_ms > 0 ? so_far / duration_ms : 1.0);
      request.progress(static_cast<std::uint64_t>(std::min(share, 1.0) * 1000), 1000);
    }
  }
}

}  // namespace

std::string fallback_text(const Method::Fallback& fallback) {
  return "delegate " + std::to_string(fallback.delegate) + " runs on the reference kernels: " + fallback.reason;
}

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

double RunTiming::mean() const {
  if (iterations_ms.empty()) return 0;
  return std::accumulate(iterations_ms.begin(), iterations_ms.end(), 0.0) / static_cast<double>(iterations_ms.size());
}

Result<RunResult> run(std::shared_ptr<const Model> model, const RunRequest& request,
                      std::span<DelegateBackend* const> backends) {
  RunResult result;
  if (request.measure_memory) result.before = memory_usage();
  const auto load_start = Clock::now();
  PTETOOL_ASSIGN(std::unique_ptr<Method> loaded, Method::load(model, request.load, backends));
  const std::shared_ptr<Method> method = std::move(loaded);
  result.timing.load_ms = milliseconds_since(load_start);
  if (request.measure_memory) result.loaded = memory_usage();
  result.method = method->name();
  result.planned_bytes = method->planned_bytes();
  result.fallbacks = method->fallbacks();
  result.runs.assign(method->runs().begin(), method->runs().end());
  for (const DelegateBackend* backend : backends) {
    if (const auto packed = backend->packed_bytes()) result.packed_bytes = result.packed_bytes.value_or(0) + *packed;
  }
  if (request.profile) result.profile.emplace();
  SeededRandom random(request.seed);
  const std::size_t calls = request.values ? 1 : request.repeat ? request.repeat->size() : request.calls.size();
  for (std::size_t c = 0; c < calls; ++c) {
    RunCall call;
    if (request.values) {
      PTETOOL_ASSIGN(call.inputs, given_inputs(*method, *request.values));
    } else if (request.repeat) {
      std::vector<HostValue> values;
      for (const RunInput& input : (*request.repeat)[c].inputs) values.push_back(input.value);
      PTETOOL_ASSIGN(call.inputs, given_inputs(*method, values));
    } else {
      PTETOOL_ASSIGN(call.inputs, prepare_inputs(*method, *model, request.calls[c], request, random));
    }
    const auto turn = method->turn();
    PTETOOL_CHECK(execute_call(*method, call, request, c, calls, result));
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
  if (request.measure_memory) result.after = memory_usage();
  if (result.profile && !result.profile->node_events.empty()) {
    const Peak peak = measure_peak(request.load.threads.get());
    result.profile->peak_gflops = peak.gflops;
    result.profile->peak_gigabytes = peak.gigabytes;
  }
  if (request.keep_loaded) result.kept = method;
  return result;
}

}  // namespace ptetool
