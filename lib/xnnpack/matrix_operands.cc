// Four ways, the first that fits: dynamically quantised input, integers throughout, float16 throughout, float32.
#include "xnnpack/matrix_operands.h"

namespace ptetool::xnn {

namespace {

class MatrixOperands {
 public:
  MatrixOperands(const GraphPlan& plan, Precision precision, std::span<const std::size_t> inputs, std::size_t output,
                 DefinedValues& defined, NodeDefinition& definition)
      : plan_(plan),
        native_(precision == Precision::Native),
        input_(inputs[0]),
        filter_(inputs[1]),
        bias_(inputs[2]),
        output_(output),
        connected_(definition.node.kind == NodeKind::FullyConnected),
        constants_(defined.constant(filter_) && (!biased() || defined.constant(bias_))),
        defined_(defined),
        definition_(definition) {}

  Result<> use() {
    if (type(input_) == Datatype::QDInt8) return use_dynamic();
    if (multiplies_integers()) return use_integers();
    if (native_ && type(input_) == Datatype::Fp16 && type(output_) == Datatype::Fp16 && constants_) return use_halves();
    return use_reals();
  }

 private:
  Datatype type(std::size_t index) const { return defined_.type(index); }
  bool biased() const { return bias_ != kNoOperand; }

  // Input quantised per token: the filter is of integers, the bias and the result of float32.
  Result<> use_dynamic() {
    const Datatype filter = type(filter_);
    const bool taken = definition_.node.kind != NodeKind::DepthwiseConv2d &&
                       (filter == Datatype::QCInt8 || (filter == Datatype::QInt8 && defined_.constant(filter_)) ||
                        (connected_ && (filter == Datatype::QCInt4 || filter == Datatype::QBInt4)));
    if (!taken) {
      return fail(ErrorCode::Unsupported, "XNNPACK has no dynamically quantised " +
                                              node_kind_name(definition_.node.kind) + " with a filter of " +
                                              datatype_name(filter));
    }
    PTETOOL_ASSIGN(definition_.inputs[0], defined_.native(input_));
    PTETOOL_ASSIGN(definition_.inputs[1], filter == Datatype::QInt8 ? defined_.per_channel(definition_.node, filter_)
                                                                    : defined_.native(filter_));
    return use_bias(false);
  }

  bool multiplies_integers() const {
    if (!native_ || !is_quantised_activation(type(input_)) || type(output_) != type(input_) || !constants_) {
      return false;
    }
    const bool channelwise = type(filter_) == Datatype::QCInt8 && type(input_) == Datatype::QInt8;
    const bool plain = type(filter_) == type(input_) &&
                       (type(filter_) == Datatype::QUInt8 || plan_.quantisation(filter_).zero_point == 0);
    const bool good_bias = !biased() || type(bias_) == Datatype::QInt32 || type(bias_) == Datatype::QCInt32;
    return (channelwise || plain) && good_bias;
  }

  Result<> use_integers() {
    PTETOOL_ASSIGN(definition_.inputs[0], defined_.native(input_));
    PTETOOL_ASSIGN(definition_.inputs[1], defined_.native(filter_));
    if (biased()) {
      PTETOOL_ASSIGN(definition_.inputs[2], defined_.integer_bias(bias_, input_, filter_));
    }
    return use_output();
  }

  // Convolutions read filters in float32, which hold the same numbers.
  Result<> use_halves() {
    const bool half_filter =
        connected_ && type(filter_) == Datatype::Fp16 && (!biased() || type(bias_) == Datatype::Fp16);
    PTETOOL_ASSIGN(definition_.inputs[0], defined_.native(input_));
    PTETOOL_ASSIGN(definition_.inputs[1], half_filter ? defined_.native(filter_) : defined_.real(filter_));
    PTETOOL_CHECK(use_bias(half_filter));
    return use_output();
  }

  // A product of matrices keeps a filter of integers as it is.
  Result<> use_reals() {
    const bool packed = connected_ && type(input_) == Datatype::Fp32 &&
                        (type(filter_) == Datatype::QCInt8 || type(filter_) == Datatype::QCInt4) &&
                        defined_.constant(filter_);
    PTETOOL_ASSIGN(definition_.inputs[0], defined_.real(input_));
    PTETOOL_ASSIGN(definition_.inputs[1], packed ? defined_.native(filter_) : defined_.real(filter_));
    return use_bias(false);
  }

  Result<> use_bias(bool native) {
    if (!biased()) return {};
    PTETOOL_ASSIGN(definition_.inputs[2], native ? defined_.native(bias_) : defined_.real(bias_));
    return {};
  }

  Result<> use_output() {
    PTETOOL_ASSIGN(definition_.output, defined_.native(output_));
    return {};
  }

  const GraphPlan& plan_;
  bool native_;
  std::size_t input_, filter_, bias_, output_;
  bool connected_, constants_;
  DefinedValues& defined_;
  NodeDefinition& definition_;
};

}  // namespace

Result<> use_matrix_operands(const GraphPlan& plan, Precision precision, std::span<const std::size_t> inputs,
                             std::size_t output, DefinedValues& defined, NodeDefinition& definition) {
  return MatrixOperands(plan, precision, inputs, output, defined, definition).use();
}

}  // namespace ptetool::xnn
