// Programs of many instructions made up for tests: a list of calls that take each other's results, which can be edited,
// and then written as a file.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "ptetool/format/pte_write.h"
#include "ptetool/link/artifact.h"

namespace generated {

using namespace ptetool;

class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::size_t operator()(std::size_t below) {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 12) % below;
  }

 private:
  std::uint32_t state_;
};

struct Call {
  int id = 0;  // 0 is the program's input
  std::string name;
  std::vector<int> takes;  // ids of calls before it
  int weight = 0;          // which one; 0: none
};

struct Network {
  std::vector<Call> calls;
  int last_id = 0;
  int last_weight = 0;

  int add(std::size_t at, std::string name, std::vector<int> takes, int weight = 0) {
    calls.insert(calls.begin() + static_cast<std::ptrdiff_t>(at),
                 {++last_id, std::move(name), std::move(takes), weight});
    return last_id;
  }
  // Everyone behind position `from` who took `was` takes `is`.
  void reroute(std::size_t from, int was, int is) {
    for (std::size_t c = from; c < calls.size(); ++c) std::ranges::replace(calls[c].takes, was, is);
  }
  // One residual block behind `stream`, at position `at`; returns how many calls it has. Blocks of one weight repeat
  // each other to the letter.
  std::size_t add_block(std::size_t at, int stream, int weight) {
    const int norm = add(at, "norm", {stream}, weight);
    const int up = add(at + 1, "mm", {norm}, weight + 1);
    const int cut = add(at + 2, "relu", {up});
    const int turned = add(at + 3, "transpose", {cut});
    const int down = add(at + 4, "mm", {turned}, weight + 2);
    const int sum = add(at + 5, "add", {stream, down});
    reroute(at + 6, stream, sum);
    return 6;
  }
  // `own`: each block has weights of its own.
  static Network of_blocks(std::size_t blocks, bool own) {
    Network network;
    network.last_weight = own ? 0 : 3;
    int stream = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      const int weight = own ? network.last_weight + 1 : 1;
      if (own) network.last_weight += 3;
      network.add_block(network.calls.size(), stream, weight);
      stream = network.calls.back().id;
    }
    return network;
  }
  void remove(std::size_t at) {
    const Call gone = calls[at];
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(at));
    reroute(at, gone.id, gone.takes.front());
  }
};

// The network as a program file. `names`: of weights, before their number; empty: they have none. `change`: a weight
// with one number added to its first element. `reversed`: values are numbered from the last to the first.
inline Artifact program_of(const Network& network, const std::string& names = {}, int change = 0,
                           bool reversed = false) {
  static const std::vector<std::int32_t> sizes = {4, 4};
  static const std::vector<std::uint8_t> order = {0, 1};
  std::deque<std::string> texts;
  std::deque<std::vector<std::int32_t>> lists;
  std::vector<std::vector<float>> weights;
  pte::Program program = pte::program_with_method("forward");
  pte::ExecutionPlan& plan = program.execution_plan.front();
  std::int64_t arena = 0;
  const auto value = [&](bool planned) -> pte::Tensor& {
    pte::Tensor tensor;
    tensor.scalar_type = ScalarType::Float;
    tensor.sizes = sizes;
    tensor.dim_order = order;
    if (planned) tensor.allocation_info = pte::AllocationDetails{1, static_cast<std::uint64_t>(arena)};
    if (planned) arena += 64;
    plan.values.push_back({tensor, 0});
    return std::get<pte::Tensor>(plan.values.back().content);
  };
  std::map<int, std::int32_t> value_of;  // results
  std::map<int, std::int32_t> weight_of;
  std::map<std::string, std::int32_t> operators;
  const auto next = [&] { return static_cast<std::int32_t>(plan.values.size()); };
  value_of[0] = next();
  value(true);
  std::vector<std::uint64_t> offsets = {0};
  format::SegmentContent constants;
  pte::Chain& chain = plan.chains.front();
  for (const Call& call : network.calls) {
    std::vector<std::int32_t>& arguments = lists.emplace_back();
    for (const int taken : call.takes) arguments.push_back(value_of.at(taken));
    if (call.weight != 0 && !weight_of.contains(call.weight)) {
      weight_of[call.weight] = next();
      pte::Tensor& tensor = value(false);
      tensor.data_buffer_idx = static_cast<std::uint32_t>(offsets.size());
      if (!names.empty()) {
        tensor.extra_tensor_info.emplace();
        tensor.extra_tensor_info->fully_qualified_name = texts.emplace_back(names + std::to_string(call.weight));
      }
      std::vector<float>& numbers = weights.emplace_back(16);
      // All norms begin as ones; other weights have their number in them.
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] =
            call.name == "norm" ? 1.0f : static_cast<float>(static_cast<std::size_t>(call.weight) + i * i % 13);
      if (call.weight == change) numbers[0] += 1;
      offsets.push_back(constants.size);
      constants.pieces.push_back({constants.size, bytes_of(std::span<const float>(numbers))});
      constants.size += 64;
    }
    if (call.weight != 0) arguments.push_back(weight_of[call.weight]);
    value_of[call.id] = next();
    value(true);
    arguments.insert(arguments.end(), 2, value_of[call.id]);
    const auto [op, fresh] = operators.try_emplace(call.name, static_cast<std::int32_t>(operators.size()));
    if (fresh) plan.operators.push_back({texts.emplace_back("test::" + call.name), "out", 0});
    chain.instructions.push_back({pte::KernelCall{op->second, arguments}, 0});
  }
  lists.push_back({value_of[0]});
  plan.inputs = lists.back();
  lists.push_back({value_of.at(network.calls.back().id)});
  plan.outputs = lists.back();
  if (reversed) {
    std::ranges::reverse(plan.values);
    for (auto& list : lists) {
      for (std::int32_t& index : list) index = next() - 1 - index;
    }
  }
  const std::vector<std::int64_t> arenas = {0, arena};
  plan.non_const_buffer_sizes = arenas;
  program.constant_segment = pte::SubsegmentOffsets{0, offsets, 0};
  const auto image = pte::make_pte(program, std::span(&constants, 1));
  REQUIRE_MESSAGE(image, image.error().line());
  const auto artifact = read_artifact(File::from_bytes("generated.pte", format::image_bytes(*image)));
  REQUIRE_MESSAGE(artifact, artifact.error().line());
  return *artifact;
}

}  // namespace generated
