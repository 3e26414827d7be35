// llama: the gated delta rule of linear attention. A state of keys by values is decayed, corrected towards the new
// value, and asked by the query, token by token:
//
//   state[k] *= decay[k];  state += key x beta * (value - stateT * key);  out = stateT * query
#include <vector>

#include "ops/arguments.h"
#include "ops/lines.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

struct Operands {
  const Tensor &query, &key, &value, &decay, &beta, &state;
  bool decay_per_key() const { return decay.rank() == 4; }
};

Failure misfit(const Call& call, std::size_t arg, const Tensor& tensor) {
  return call.fail(ErrorCode::Mismatch, std::string(call.schema().arguments[arg].name) + " of shape " +
                                            shape_text(tensor.sizes.span()) + " does not fit the other operands");
}

// query [B, Hq, S, K], key and decay [B, H, S, K] (or a decay for each token only), value [B, H, S, V], beta [B, H, S],
// state [B, H, K, V]; H divides Hq.
Result<> check(const Call& call, const Operands& x) {
  const Tensor* all[] = {&x.query, &x.key, &x.value, &x.decay, &x.beta, &x.state};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    if (all[i]->dtype != ScalarType::Float) return unsupported_dtype(call, all[i]->dtype);
  }
  if (x.key.rank() != 4) return misfit(call, 1, x.key);
  if (x.query.rank() != 4 || x.query.sizes[0] != x.key.sizes[0] || x.key.sizes[1] == 0 ||
      x.query.sizes[1] % x.key.sizes[1] != 0 || x.query.sizes[2] != x.key.sizes[2] ||
      x.query.sizes[3] != x.key.sizes[3]) {
    return misfit(call, 0, x.query);
  }
  const auto starts_as_key = [&](const Tensor& t, std::size_t dims) {
    return std::equal(x.key.sizes.begin(), x.key.sizes.begin() + dims, t.sizes.begin());
  };
  if (x.value.rank() != 4 || !starts_as_key(x.value, 3)) return misfit(call, 2, x.value);
  if ((x.decay.rank() != 3 && x.decay.rank() != 4) || !starts_as_key(x.decay, x.decay.rank())) {
    return misfit(call, 3, x.decay);
  }
  if (x.beta.rank() != 3 || !starts_as_key(x.beta, 3)) return misfit(call, 4, x.beta);
  if (x.state.rank() != 4 || !starts_as_key(x.state, 2) || x.state.sizes[2] != x.key.sizes[3] ||
      x.state.sizes[3] != x.value.sizes[3]) {
    return misfit(call, 5, x.state);
  }
  return {};
}

class Head {
 public:
  explicit Head(const Operands& x)
      : x_(x),
        keys_(x.key.sizes[3]),
        values_(x.value.sizes[3]),
        state_(static_cast<std::size_t>(keys_ * values_)),
        key_(static_cast<std::size_t>(keys_)),
        query_(key_.size()),
        decay_(key_.size()),
        value_(static_cast<std::size_t>(values_)),
        out_(value_.size()) {}

  void load(std::int64_t batch, std::int64_t head) {
    for (std::int64_t k = 0; k < keys_; ++k) {
      line(x_.state, {batch, head, k}, values_, state_.data() + k * values_);
    }
  }
  void step(std::int64_t batch, std::int64_t head, std::int64_t token) {
    line(x_.key, {batch, head, token}, keys_, key_.data());
    line(x_.value, {batch, head, token}, values_, value_.data());
    if (x_.decay_per_key())
      line(x_.decay, {batch, head, token}, keys_, decay_.data());
    else
      std::fill(decay_.begin(), decay_.end(), number(x_.decay, batch, head, token));
    std::fill(out_.begin(), out_.end(), 0.0f);
    for (std::int64_t k = 0; k < keys_; ++k) {
      float* row = state_.data() + k * values_;
      const float factor = decay_[static_cast<std::size_t>(k)];
      const float weight = key_[static_cast<std::size_t>(k)];
      for (std::int64_t v = 0; v < values_; ++v) row[v] *= factor;
      for (std::int64_t v = 0; v < values_; ++v) out_[static_cast<std::size_t>(v)] += row[v] * weight;
    }
    const float beta = number(x_.beta, batch, head, token);
    for (std::size_t v = 0; v < value_.size(); ++v) value_[v] = beta * (value_[v] - out_[v]);
    for (std::int64_t k = 0; k < keys_; ++k) {
      float* row = state_.data() + k * values_;
      const float weight = key_[static_cast<std::size_t>(k)];
      for (std::int64_t v = 0; v < values_; ++v) row[v] += weight * value_[static_cast<std::size_t>(v)];
    }
  }
  float* ask(std::int64_t batch, std::int64_t query_head, std::int64_t token) {
    line(x_.query, {batch, query_head, token}, keys_, query_.data());
    std::fill(out_.begin(), out_.end(), 0.0f);
    for (std::int64_t k = 0; k < keys_; ++k) {
      const float* row = state_.data() + k * values_;
      const float weight = query_[static_cast<std::size_t>(k)];
      for (std::int64_t v = 0; v < values_; ++v) out_[static_cast<std::size_t>(v)] += row[v] * weight;
    }
    return out_.data();
  }
  float* state_row(std::int64_t k) { return state_.data() + k * values_; }

 private:
  struct Place {
    std::int64_t a, b, c;
  };
  void line(const Tensor& tensor, Place at, std::int64_t count, float* to) const {
    const std::int64_t offset = at.a * tensor.strides[0] + at.b * tensor.strides[1] + at.c * tensor.strides[2];
    read_line(reader_, tensor, offset, tensor.strides[3], count, to);
  }
  float number(const Tensor& tensor, std::int64_t a, std::int64_t b, std::int64_t c) const {
    float value = 0;
    read_line(reader_, tensor, a * tensor.strides[0] + b * tensor.strides[1] + c * tensor.strides[2], 1, 1, &value);
    return value;
  }

  const Operands& x_;
  Reader reader_{ScalarType::Float, ScalarType::Float};
  std::int64_t keys_, values_;
  std::vector<float> state_, key_, query_, decay_, value_, out_;
};

Result<> gated_delta_rule(Call& call) {
  const Operands x{call.tensor(0), call.tensor(1), call.tensor(2), call.tensor(3), call.tensor(4), call.tensor(5)};
  PTETOOL_CHECK(check(call, x));
  Tensor& out = call.out(0);
  Tensor& final_state = call.out(1);
  for (const Tensor* each : {&out, &final_state}) {
    if (!contains(kFloats, each->dtype)) return unsupported_dtype(call, each->dtype);
  }
  Sizes sizes = x.query.sizes;
  sizes[3] = x.value.sizes[3];
  PTETOOL_CHECK(prepare(call, out, sizes));
  PTETOOL_CHECK(prepare(call, final_state, Sizes(x.state.sizes)));
  if (out.numel() == 0 && final_state.numel() == 0) return {};
  const std::int64_t heads = x.key.sizes[1];
  const std::int64_t shared = x.query.sizes[1] / heads;
  const std::int64_t tokens = x.key.sizes[2];
  const std::int64_t keys = x.key.sizes[3];
  const std::int64_t values = x.value.sizes[3];
  const Writer write_out(ScalarType::Float, out.dtype);
  const Writer write_state(ScalarType::Float, final_state.dtype);
  call.parallel(x.key.sizes[0] * heads, 4 * keys * values * (tokens + 1), [&](std::int64_t begin, std::int64_t end) {
    Head head(x);
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t batch = item / heads;
      const std::int64_t h = item % heads;
      head.load(batch, h);
      for (std::int64_t token = 0; token < tokens; ++token) {
        head.step(batch, h, token);
        for (std::int64_t q = h * shared; q < (h + 1) * shared; ++q) {
          const std::int64_t at = batch * out.strides[0] + q * out.strides[1] + token * out.strides[2];
          write_line(write_out, head.ask(batch, q, token), out, at, out.strides[3], values);
        }
      }
      for (std::int64_t k = 0; k < keys; ++k) {
        const Strides& s = final_state.strides;
        write_line(write_state, head.state_row(k), final_state, batch * s[0] + h * s[1] + k * s[2], s[3], values);
      }
    }
  });
  return {};
}

// The second name is that of releases after 1.4.
constexpr Operator kRows[] = {
    {"llama::channelwise_gated_delta_rule.out(Tensor query, Tensor key, Tensor value, Tensor decay, Tensor beta, "
     "Tensor initial_state, *, Tensor(a!) out, Tensor(b!) final_state_out) -> (Tensor(a!), Tensor(b!))",
     gated_delta_rule},
    {"llama::gated_delta_rule.out(Tensor query, Tensor key, Tensor value, Tensor decay, Tensor beta, Tensor "
     "initial_state, *, Tensor(a!) out, Tensor(b!) final_state_out) -> (Tensor(a!), Tensor(b!))",
     gated_delta_rule},
};

}  // namespace

std::span<const Operator> delta_rule_operators() { return kRows; }

}  // namespace ptetool::ops
