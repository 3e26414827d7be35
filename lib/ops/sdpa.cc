// llama: attention as ExecuTorch's language models call it, over caches that hold more positions than are in use.
#include <cmath>

#include "ops/attention.h"
#include "ops/cache.h"
#include "ops/compute.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kAttended = dtype_set(ScalarType::Float, ScalarType::Half, ScalarType::BFloat16);

// Which dimension of a tensor of rank 4 is what; batch is 0, size 3.
struct Layout {
  std::size_t position;
  std::size_t head;
};
constexpr Layout kPositionFirst{1, 2};
constexpr Layout kHeadFirst{2, 1};

AttentionOperand operand_of(Tensor& tensor, Layout layout) {
  return {&tensor, tensor.strides[0], tensor.strides[layout.position], tensor.strides[layout.head], tensor.strides[3]};
}

// What the call says besides its tensors.
struct Request {
  Tensor *query, *key, *value;
  Tensor* mask = nullptr;
  bool causal = false;
  std::int64_t start = 0;
  bool all_keys = false;  // else those up to the last query's position, unless there is a mask
  std::optional<double> scale = {};
  Layout layout = kPositionFirst;
};

std::optional<double> scale_of(Call& call, std::size_t arg) {
  return call.is_none(arg) ? std::nullopt : std::optional(call.real(arg));
}

Result<> check_operands(const Call& call, const Request& request) {
  const Tensor& q = *request.query;
  const Tensor& k = *request.key;
  const Tensor& v = *request.value;
  const auto heads = [&](const Tensor& t) { return t.sizes[request.layout.head]; };
  const bool fits = q.rank() == 4 && k.rank() == 4 && k.sizes == v.sizes && q.sizes[0] == k.sizes[0] &&
                    q.sizes[3] == k.sizes[3] && heads(k) > 0 && heads(q) % heads(k) == 0;
  if (!fits) {
    return call.fail(ErrorCode::Mismatch, "a query of shape " + shape_text(q.sizes.span()) + " does not go with keys " +
                                              shape_text(k.sizes.span()) + " and values " + shape_text(v.sizes.span()));
  }
  PTETOOL_CHECK(same_dtype(call, q, "query", k, "key"));
  return same_dtype(call, q, "query", v, "value");
}

Result<> attend_to(Call& call, const Request& request, Attention attention) {
  Tensor& out = call.out();
  const Layout layout = request.layout;
  attention.batches = request.query->sizes[0];
  attention.heads = request.query->sizes[layout.head];
  attention.key_heads = request.key->sizes[layout.head];
  attention.queries = request.query->sizes[layout.position];
  attention.size = request.query->sizes[3];
  attention.keys = request.key->sizes[layout.position];
  const auto end = checked_add(request.start, attention.queries);
  const bool limited = !request.mask && !request.all_keys;
  if (request.start < 0 || !end || (limited && *end > attention.keys)) {
    return call.fail(ErrorCode::Mismatch, counted(static_cast<std::uint64_t>(attention.queries), "query", "queries") +
                                              " from position " + std::to_string(request.start) + " on leave " +
                                              counted(static_cast<std::uint64_t>(attention.keys), "key"));
  }
  if (limited) attention.keys = *end;
  if (request.causal) attention.causal_start = request.start;
  if (request.mask) {
    const Tensor& mask = *request.mask;
    if (!contains(kAttended, mask.dtype)) return unsupported_dtype(call, mask.dtype);
    if (mask.rank() != 2 || mask.sizes[0] != attention.queries || mask.sizes[1] != attention.keys) {
      return call.fail(ErrorCode::Mismatch, "a mask of shape " + shape_text(mask.sizes.span()) + " for " +
                                                std::to_string(attention.queries) + " queries and " +
                                                std::to_string(attention.keys) + " keys");
    }
    attention.mask = &mask;
  }
  if (!contains(kAttended, out.dtype)) return unsupported_dtype(call, out.dtype);
  attention.scale = static_cast<float>(request.scale.value_or(1 / std::sqrt(static_cast<double>(attention.size))));
  PTETOOL_CHECK(prepare(call, out, Sizes(request.query->sizes)));
  if (out.numel() == 0) return {};
  attention.query = operand_of(*request.query, layout);
  attention.key = operand_of(*request.key, layout);
  attention.value = operand_of(*request.value, layout);
  attention.out = operand_of(out, layout);
  attend(call, attention);
  return {};
}

Result<> attend_to_floats(Call& call, const Request& request) {
  PTETOOL_CHECK(check_operands(call, request));
  if (!contains(kAttended, request.query->dtype)) return unsupported_dtype(call, request.query->dtype);
  return attend_to(call, request, {});
}

Failure mask_and_causal(const Call& call) {
  return call.fail(ErrorCode::Mismatch, "attn_mask and is_causal exclude each other");
}

// The arguments 0 to 7 of llama::custom_sdpa and its quantised form.
Result<Request> custom_request(Call& call) {
  Request request{&call.tensor(0), &call.tensor(1), &call.tensor(2)};
  request.start = call.integer(3);
  request.mask = call.optional_tensor(4);
  request.causal = call.boolean(6);
  request.scale = scale_of(call, 7);
  if (request.mask && request.causal) return mask_and_causal(call);
  return request;
}

Result<> custom_sdpa(Call& call) {
  PTETOOL_ASSIGN(const Request request, custom_request(call));
  return attend_to_floats(call, request);
}

Result<> sdpa_with_kv_cache(Call& call) {
  const Tensor& key = call.tensor(1);
  const Tensor& value = call.tensor(2);
  Request request{&call.tensor(0), &call.tensor(3), &call.tensor(4)};
  request.start = call.integer(5);
  request.mask = call.optional_tensor(7);
  request.causal = call.boolean(9);
  request.scale = scale_of(call, 10);
  if (request.mask && request.causal) return mask_and_causal(call);
  PTETOOL_CHECK(check_operands(call, request));
  if (!contains(kAttended, request.query->dtype)) return unsupported_dtype(call, request.query->dtype);
  PTETOOL_CHECK(check_cache(call, key, *request.key, request.start));
  PTETOOL_CHECK(check_cache(call, value, *request.value, request.start));
  const auto end = checked_add(request.start, call.integer(6));
  if (!end || *end > request.key->sizes[1]) {
    return call.fail(ErrorCode::Mismatch, "seq_len " + std::to_string(call.integer(6)) + " leaves the cache");
  }
  PTETOOL_CHECK(write_cache(call, key, *request.key, request.start));
  PTETOOL_CHECK(write_cache(call, value, *request.value, request.start));
  return attend_to(call, request, {});
}

// The release v0.2 had this one: heads first, no cache.
Result<> sdpa(Call& call) {
  Request request{&call.tensor(0), &call.tensor(1), &call.tensor(2)};
  request.mask = call.optional_tensor(3);
  request.causal = call.boolean(5);
  request.scale = scale_of(call, 6);
  request.all_keys = true;
  request.layout = kHeadFirst;
  return attend_to_floats(call, request);
}

// A scale and a zero point for each row of a quantised operand.
Result<Attention::Parameters> parameters_of(Call& call, const Tensor& operand, std::size_t zero_points_arg,
                                            Layout layout) {
  Tensor* zero_points = call.optional_tensor(zero_points_arg);
  Tensor* scales = call.optional_tensor(zero_points_arg + 1);
  if (!zero_points || !scales) {
    return call.fail(ErrorCode::Mismatch,
                     quoted(call.schema().arguments[zero_points_arg + (zero_points ? 1 : 0)].name) +
                         " is missing, the operands are int8");
  }
  if (zero_points->dtype != ScalarType::Char) return unsupported_dtype(call, zero_points->dtype);
  if (scales->dtype != ScalarType::Float) return unsupported_dtype(call, scales->dtype);
  for (const Tensor* parameters : {zero_points, scales}) {
    const bool fits = parameters->rank() == 4 && parameters->sizes[3] > 0 &&
                      std::equal(operand.sizes.begin(), operand.sizes.begin() + 3, parameters->sizes.begin());
    if (!fits) {
      return call.fail(ErrorCode::Mismatch, "parameters of shape " + shape_text(parameters->sizes.span()) +
                                                " for an operand of shape " + shape_text(operand.sizes.span()));
    }
  }
  return Attention::Parameters{operand_of(*scales, layout), operand_of(*zero_points, layout)};
}

Result<> custom_quantized_sdpa(Call& call) {
  PTETOOL_ASSIGN(Request request, custom_request(call));
  request.layout = call.boolean(14) ? kHeadFirst : kPositionFirst;
  if (request.query->dtype != ScalarType::Char) return attend_to_floats(call, request);
  PTETOOL_CHECK(check_operands(call, request));
  Attention attention;
  std::size_t arg = 8;
  for (auto [operand, parameters] :
       {std::pair{request.query, &attention.query_parameters}, std::pair{request.key, &attention.key_parameters},
        std::pair{request.value, &attention.value_parameters}}) {
    auto found = parameters_of(call, *operand, arg, request.layout);
    if (!found) return Failure(found.error());
    *parameters = *found;
    arg += 2;
  }
  return attend_to(call, request, attention);
}

constexpr Operator kRows[] = {
    {"llama::sdpa_with_kv_cache.out(Tensor query, Tensor key, Tensor value, Tensor(a!) key_cache, Tensor(b!) "
     "value_cache, SymInt start_pos, SymInt seq_len, Tensor? attn_mask=None, float drpout_p=0.0, bool "
     "is_causal=False, float? scale=None, *, Tensor(c!) out) -> Tensor(c!)",
     sdpa_with_kv_cache},
    {"llama::custom_sdpa.out(Tensor query, Tensor key, Tensor value, SymInt start_pos, Tensor? attn_mask=None, "
     "float drpout_p=0.0, bool is_causal=False, float? scale=None, *, Tensor(a!) out) -> Tensor(a!)",
     custom_sdpa},
    {"llama::custom_quantized_sdpa.out(Tensor query, Tensor key, Tensor value, SymInt start_pos, Tensor? attn_mask, "
     "float drpout_p, bool is_causal, float? scale, Tensor? q_zero_points, Tensor? q_scales, Tensor? k_zero_points, "
     "Tensor? k_scales, Tensor? v_zero_points, Tensor? v_scales, bool is_seq_at_dim_2=False, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     custom_quantized_sdpa},
    {"llama::sdpa.out(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool "
     "is_causal=False, float? scale=None, *, Tensor(a!) out) -> Tensor(a!)",
     sdpa},
};

}  // namespace

std::span<const Operator> attention_operators() { return kRows; }

}  // namespace ptetool::ops
