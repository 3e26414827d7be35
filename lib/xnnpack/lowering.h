// Operators of a program in the terms of a delegate's graph, so that everything that serves delegates (shape rules,
// compiler, weight store, reference kernels) serves them, too.
//
// Programs lay images out with the channels outside, XNNPACK with the channels inside. So a tensor of four dims may be
// in the graph in two layouts; an operator takes the one that it needs or finds, and a transpose is put in where a
// layout is not there yet. One of three dims, a list of positions with channels, is an image of height 1 there.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ptetool/runtime/delegate.h"
#include "xnnpack/lowered_graph.h"

namespace ptetool::xnn {

enum class Layout : std::uint8_t { Plain, ChannelsLast };
// Can a tensor of this rank be in the layout ChannelsLast?
constexpr bool is_image(std::size_t rank) { return rank == 3 || rank == 4; }
// Sizes as they lie in memory: of an image of channels last [batch, height, width, channels].
Sizes physical(const Sizes& sizes, Layout layout);
// The place of a dim there.
std::size_t place_of(std::size_t dim, std::size_t rank, Layout layout);

// A constant as it will be: elements of a tensor of the program in another order of dims, times a factor per index of
// one dim; or numbers of our own.
struct ConstantRecipe {
  const Tensor* source = nullptr;
  DimOrder order;  // the source's dims, outermost first
  std::vector<float> factors;
  std::size_t factor_dim = 0;  // of the source
  std::vector<float> numbers;
};

// The plan of a delegate; null where it cannot be part of another graph.
using FindPlan = std::function<std::shared_ptr<const GraphPlan>(const LinkedDelegate&)>;

// Microseconds that one execution of a stretch or of a delegate takes beside its nodes.
inline constexpr double kCallOverhead = 5;

// What a stretch takes on one thread, estimated. The nodes of delegates are the same on either side, and left out.
struct Cost {
  double portable_us = 0;
  double backend_us = 0;
  std::size_t transposes = 0;
};

bool is_channels_last(const Tensor& tensor);

class Lowering;

// A GlobalAvgPooling2d that is lowered may have the list `axes` (ascending) in the place of height and width, and the
// number `reduction`.
enum class Reduction : std::uint32_t { Mean, Sum };

struct NodeOptions {
  std::vector<Attribute> attributes = {};
  std::uint32_t flags = 0;
  std::optional<OutputMinMax> range = {};
};

// One operator on its way into the graph.
class Step {
 public:
  Step(Lowering& lowering, const OperatorRun& run, const RunOperator& op);

  Call& call() { return call_; }
  // The tensor of an argument; nullopt: there is none.
  std::optional<std::size_t> tensor(std::size_t arg) const;
  // Those of an argument that is a list.
  const std::vector<std::size_t>& tensors(std::size_t arg) const { return op_.tensors[arg]; }
  std::size_t result(std::size_t out = 0) const { return op_.results[out]; }
  const RunTensor& of(std::size_t tensor) const { return run_.tensors[tensor]; }
  const Tensor& described(std::size_t tensor) const { return *run_.tensors[tensor].tensor; }
  Lowering& lowering() { return lowering_; }
  // A Scalar or Scalar? as float32; nullopt: None.
  std::optional<double> number(std::size_t arg) const;
  bool bounded(std::size_t tensor) const { return of(tensor).bounded(); }

 private:
  Lowering& lowering_;
  const OperatorRun& run_;
  const RunOperator& op_;
  mutable Call call_;
};

// What a tensor means that is not in the graph itself, but part of what an operator further on makes of it.
struct Symbol {
  enum class Kind : std::uint8_t {
    MinusInfinity,     // each element of `of`: is it -inf?
    NotMinusInfinity,  // is it not?
    RowHasOther,       // each row of `of`: has it another element than -inf?
    RowHasNoOther,     // has it none?
    Zeros,
  };
  Kind kind{};
  std::size_t of = 0;
};

class Lowering : public RunProbe {
 public:
  Lowering(const OperatorRun& run, FindPlan find_plan) : run_(run), find_plan_(std::move(find_plan)) {}

  // The last operator of the run.
  bool add() override;
  bool can_output(std::size_t tensor) const override { return !known_[tensor].symbol; }

  // All operators of the run. False where one of them cannot be lowered.
  bool add_all();
  const Cost& cost() const { return cost_; }
  // After all operators: gives the outputs of the run the layouts that they are wanted in.
  void mark_outputs();
  // After that: makes the constants. Errors: Limit.
  Result<LoweredGraph> finish(const Model& model);

  // For the rows:
  const RunTensor& of(std::size_t tensor) const { return run_.tensors[tensor]; }
  const Tensor& described(std::size_t tensor) const { return *run_.tensors[tensor].tensor; }
  // The tensor is, or is a view or a move of, a constant of the program.
  const ConstantRecipe* constant(std::size_t tensor) const;
  bool has(std::size_t tensor, Layout layout) const;
  // The layout that the tensor is in already; Plain where it is in both or in none.
  Layout found(std::size_t tensor) const;
  // The id of the tensor's value in a layout.
  std::uint32_t value(std::size_t tensor, Layout layout);
  // The tensor is this value.
  void define(std::size_t tensor, Layout layout, std::uint32_t id);
  // The tensor is this constant, in plain layout.
  void define(std::size_t tensor, ConstantRecipe recipe);
  // All that is known of `from` is true of `to`, which has the same elements and sizes.
  void same(std::size_t to, std::size_t from);

  // A new value with sizes as they lie in memory, and the node that gives it.
  std::uint32_t node(NodeKind kind, std::vector<std::uint32_t> inputs, const Sizes& sizes, NodeOptions options = {});
  std::uint32_t add_constant(const Sizes& sizes, ConstantRecipe recipe);
  std::uint32_t scalar(float number);
  // The elements of a value, in the same order, in other sizes.
  std::uint32_t reshape(std::uint32_t id, const Sizes& sizes);
  // Among the constants of the graph.
  std::size_t constant_index(std::uint32_t id) const { return graph_->graph.values[id].constant_buffer_idx; }
  std::size_t last_node() const { return graph_->graph.nodes.size() - 1; }
  // The node that gives a value; null for inputs and constants. Until the next node is added.
  const Node* maker(std::uint32_t id) const;
  // The number that a value is, where it is a constant of one element.
  std::optional<float> number(std::uint32_t id) const;
  // A list for an Attribute.
  std::span<const std::uint32_t> list(std::span<const std::int64_t> items);
  // Means of a value (of one of four dims over the middle ones), which are NaN where any element is: computed beside
  // the run, and looked at after it.
  void guard(std::uint32_t id);
  // A tensor with other sizes and strides in the memory of a constant.
  const Tensor* view_of(const Tensor& source, const Sizes& sizes, const Strides& strides);

  // A convolution whose weights a following per-channel scale may go into.
  struct Folding {
    std::size_t node = 0, filter = 0, bias = 0;  // indices of the node and of its constants; bias 0: none
    std::size_t channel_dim = 0;                 // of the filter's source
  };
  void remember(std::size_t tensor, Folding folding) { foldings_[tensor] = folding; }
  // Scales and shifts the channels of what a convolution with constant weights gives; false where that is not so, or
  // others read it, too.
  bool fold(std::size_t tensor, std::span<const float> scale, std::span<const float> shift);

  void spend(double portable_us, double backend_us) {
    cost_.portable_us += portable_us;
    cost_.backend_us += backend_us;
  }
  std::optional<Symbol> symbol(std::size_t tensor) const { return known_[tensor].symbol; }
  void define(std::size_t tensor, Symbol symbol) { known_[tensor].symbol = symbol; }
  // The input of the softmax over rows that gave this tensor.
  std::optional<std::size_t> softmax_of(std::size_t tensor) const { return known_[tensor].softmax_of; }
  void is_softmax_of(std::size_t tensor, std::size_t input) { known_[tensor].softmax_of = input; }
  // float32, not empty, in a layout that values have here.
  bool is_plain_enough(std::size_t tensor) const;

 private:
  struct Known {
    std::optional<std::uint32_t> plain, channels_last;
    std::optional<ConstantRecipe> constant;
    std::optional<Symbol> symbol;
    std::optional<std::size_t> softmax_of;
  };

  bool add(const RunOperator& op);
  bool add_delegate(const RunOperator& op);
  std::optional<std::uint32_t> converted(std::uint32_t input, std::uint32_t output);
  Graph& graph() { return graph_->graph; }
  // Nodes whose results nobody reads: parts of what became one node further on.
  void drop_unused_nodes();
  std::uint32_t add_value(const Sizes& sizes);
  std::optional<std::uint32_t>& slot(std::size_t tensor, Layout layout);
  void introduce(std::size_t tensor);
  std::uint32_t transpose(std::uint32_t id, std::span<const std::int64_t> order);

  const OperatorRun& run_;
  FindPlan find_plan_;
  std::unordered_map<std::size_t, AdoptedValue> adopted_;
  std::shared_ptr<NormalGraph> graph_ = std::make_shared<NormalGraph>();
  std::vector<Known> known_;
  std::vector<ConstantRecipe> recipes_ = {{}};
  std::map<std::uint32_t, std::uint32_t> scalars_;  // bits -> value
  std::map<std::size_t, Folding> foldings_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> conversions_;  // of delegates: from which value to which
  std::vector<std::uint32_t> guards_;
  std::deque<Tensor> views_;  // of constants
  Cost cost_;
};

// A row of the lowering table: the operator, and how it goes into the graph; false (and nothing done) where it cannot.
using Lower = bool (*)(Step&);
struct LoweringRow {
  std::string_view name;
  Lower lower;
  bool any_operands = false;  // looks itself at what its operands are
};
std::span<const LoweringRow> pointwise_lowerings();
std::span<const LoweringRow> matrix_lowerings();
std::span<const LoweringRow> convolution_lowerings();
std::span<const LoweringRow> image_lowerings();
std::span<const LoweringRow> reduction_lowerings();
std::span<const LoweringRow> move_lowerings();
std::span<const LoweringRow> size_lowerings();
std::span<const LoweringRow> mask_lowerings();

}  // namespace ptetool::xnn
