// The values of a graph as XNNPACK knows them: defined when a node first needs them, as they are or in float32.
#pragma once

#include <unordered_map>

#include "xnnpack/compile.h"
#include "xnnpack/status.h"

namespace ptetool::xnn {

// What a convertible value can be: datatypes between which XNNPACK's Convert goes.
bool converts(Datatype type);

// Values of the graph are named by their index, those of XNNPACK by the id that it gave. Constants that are made for
// XNNPACK go into `result`. Errors: Unsupported.
class DefinedValues {
 public:
  DefinedValues(const GraphPlan& plan, std::span<const Sizes> shapes, CompiledGraph& result);

  // The value as it is.
  Result<std::uint32_t> native(std::size_t index);
  // The value in float32.
  Result<std::uint32_t> real(std::size_t index);
  // Another float32 value of these dims.
  Result<std::uint32_t> define_real(std::size_t index, const void* data);
  Result<> convert(std::uint32_t from, std::uint32_t to);
  // A filter with one scale as one with a scale per channel.
  Result<std::uint32_t> per_channel(const Node& node, std::size_t filter);
  // The bias in the datatype that goes with the filter's; its numbers count quanta of the sum in either.
  Result<std::uint32_t> integer_bias(std::size_t bias, std::size_t input, std::size_t filter);

  Datatype type(std::size_t index) const { return values()[index].datatype; }
  bool constant(std::size_t index) const { return values()[index].constant_buffer_idx != 0; }
  std::vector<std::size_t> dims(std::size_t index) const;
  // Is this XNNPACK's value the float32 one of the graph's?
  bool is_real(std::size_t index, std::uint32_t id) const { return reals_[index] == id; }
  // The bytes of a constant; null for others.
  const void* data_of(std::uint32_t id) const;

 private:
  const std::vector<Value>& values() const { return plan_.graph().values; }
  xnn_subgraph_t subgraph() const { return result_.subgraph.get(); }

  const GraphPlan& plan_;
  std::span<const Sizes> shapes_;
  CompiledGraph& result_;
  std::vector<std::uint32_t> ids_;                       // in XNNPACK, as the graph has them
  std::vector<std::uint32_t> reals_;                     // the same in float32
  std::unordered_map<std::uint32_t, const void*> data_;  // of constants, by their ids in XNNPACK
};

}  // namespace ptetool::xnn
