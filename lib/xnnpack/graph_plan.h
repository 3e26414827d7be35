// A delegate's graph with everything that both ways of executing it need: values by id, constants in memory, and the
// shapes that follow from given inputs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ptetool/base/hash.h"
#include "ptetool/base/result.h"
#include "ptetool/link/model.h"
#include "ptetool/tensor/shape.h"
#include "ptetool/tensor/tensor.h"
#include "xnnpack/lowered_graph.h"
#include "xnnpack/normalise.h"
#include "xnnpack/numbers.h"

namespace ptetool::xnn {

class GraphPlan {
 public:
  // Normalises the graph and resolves every constant and all scales: named data first, then the blob (format-facts
  // 3.3). Errors: Missing, Malformed, Unsupported.
  static Result<GraphPlan> make(const Model& model, const LinkedDelegate& delegate);
  // The same of a graph that operators were lowered to, whose constants are given.
  static Result<GraphPlan> make(const Model& model, LoweredGraph lowered);

  const Graph& graph() const { return normal_->graph; }
  // Index into graph().values of a value id; nullopt for an id that no value has.
  std::optional<std::size_t> index_of(std::uint32_t id) const;
  // The constant of a value, aligned for its elements and with readable bytes behind it; null data for other values.
  ByteView constant(std::size_t value_index) const { return constants_[value_index]; }
  const Quantisation& quantisation(std::size_t value_index) const { return quantisations_[value_index]; }
  // The identity of a constant's content: the SHA-256 that its key promises, or else a digest of size and fingerprint.
  // nullopt where that fails.
  std::optional<Sha256> content(std::size_t value_index) const;
  // Does the constant's key promise its SHA-256?
  bool promised(std::size_t value_index) const;
  // The mapped file that a constant is used from; null for others and for copies.
  const File* file_of(std::size_t value_index) const { return files_[value_index]; }
  // A constant with its meaning.
  ValueView constant_view(std::size_t value_index) const;

  // May a fully connected node of this input be computed for a single row, reading weights that come from memory each
  // time since caches do not hold all of the program?
  bool streams_weights(std::size_t input) const;

  // Gives back the memory of constants that were made for this graph and are filters and biases only: once XNNPACK has
  // packed them, nobody reads them any more.
  void forget_packed();

  // Indices of the external inputs and outputs, in ascending external id.
  std::span<const std::size_t> inputs() const { return inputs_; }
  std::span<const std::size_t> outputs() const { return outputs_; }

  // The shape of every value, given those of the inputs (indexed as graph().values; entries of other values are
  // ignored). Proves on the way that every node's operands fit each other. Errors: Mismatch, naming the node.
  Result<std::vector<Sizes>> infer_shapes(std::vector<Sizes> shapes) const;
  // The shape of every value as declared, or as it is with the smallest inputs that the nodes take: all dims 1 but the
  // last. What XNNPACK plans its memory by only ever grows, so that it should not begin with the most there may be.
  std::vector<Sizes> declared_shapes() const;
  std::vector<Sizes> smallest_shapes() const;

 private:
  GraphPlan() = default;
  Result<> place_values(const Model& model);
  Result<> place_constant(const Model& model, std::size_t value_index);
  Result<> place_scales(const Model& model, std::size_t value_index);
  // `size` bytes of constant `index`, aligned, with readable bytes behind them.
  Result<ByteView> place(const Model& model, std::uint32_t index, std::uint64_t size, std::size_t alignment,
                         const std::string& where);
  const File* mapped_ = nullptr;  // where the last place() found its bytes; null for a copy

  std::shared_ptr<const NormalGraph> normal_;
  std::vector<Quantisation> quantisations_;
  std::deque<std::vector<std::uint16_t>> rounded_scales_;  // block scales that the file has in float32
  std::unordered_map<std::uint32_t, std::size_t> index_of_;
  std::vector<GivenConstant> given_;  // instead of what the graph says about constants; empty for delegates
  std::unordered_map<std::size_t, AdoptedValue> adopted_;  // by value index
  std::vector<ByteView> constants_;
  std::vector<const File*> files_;
  std::map<const void*, std::shared_ptr<void>> copies_;  // constants that could not be used where they lie
  std::vector<std::size_t> inputs_;
  std::vector<std::size_t> outputs_;
  bool large_ = false;    // more weights than caches hold
  bool shrinks_ = false;  // is taken with less than the declared shapes
};

// Is this node kind known to the shape rules (and so to the reference kernels and to the compiler)?
bool has_shape_rule(NodeKind kind);

// What of a delegate's graph this tool does not know, each once.
std::vector<std::string> unsupported_parts(const LinkedDelegate& delegate);

// Physical sizes of a tensor arg: its sizes in dim order, as XNNPACK counts dimensions (format-facts 3.5).
Sizes physical_sizes(const Tensor& tensor);
// Gives an output arg the physical sizes that a graph inferred. Errors: Mismatch.
Result<> resize_physical(Tensor& tensor, std::span<const std::int64_t> sizes);

// The tensor arg of an external value, checked: it exists, has memory, the value's datatype. An int64 tensor may take
// an output of 32-bit indices.
Result<Tensor*> external_tensor(const Value& value, std::span<Tensor* const> args);

// Does this output arrive as 32-bit indices, to be widened?
inline bool holds_indices(const Value& value, const Tensor& tensor) {
  return value.external_output() && tensor.dtype == ScalarType::Long;
}
// 32-bit indices in the first half of an int64 tensor's memory become int64 (format-facts 3.5).
void widen_indices(Tensor& tensor);

}  // namespace ptetool::xnn
