// A stretch of a method's operators, as a backend sees it that computes the stretch in one piece.
//
// The stretch is straight-line code in which every tensor has one meaning: what a value index or a place in an arena
// held at different times are different tensors here. So a backend needs to know nothing about memory plans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ptetool/ops/operator.h"

namespace ptetool {

struct LinkedDelegate;

struct RunTensor {
  enum class Kind : std::uint8_t {
    Input,     // has its elements before the stretch begins
    Constant,  // of the program or of a data file
    Result,    // written by an operator of the stretch
    View,      // the elements of `source` in other sizes
  };
  Kind kind = Kind::Input;
  // As loaded: dtype, dim order, sizes (the most there may be where they are bounds), and the elements of a constant.
  const Tensor* tensor = nullptr;
  std::size_t source = 0;           // of a View
  std::vector<std::int64_t> shape;  // of a View, contiguous; one size may be -1, to be found from the others
  std::size_t uses = 0;             // operators that read it, views of it, and one more if it is an output

  bool bounded() const { return tensor->dynamism == Dynamism::Bound; }
};

// An operator, or a delegate of the backend itself.
struct RunOperator {
  const BoundOperator* op = nullptr;         // null: a delegate
  const LinkedDelegate* delegate = nullptr;  // null: an operator
  std::span<const std::int32_t> args;        // of the call; numbers and lists among them never change
  // Per argument of the schema, or of the delegate's call, the tensors that it reads: none, one, or those of a list.
  std::vector<std::vector<std::size_t>> tensors;
  std::vector<std::size_t> results;  // per out of the schema; of a delegate in the order of its args
};

struct OperatorRun {
  std::span<Value> values;  // of the method, for Call
  std::vector<RunTensor> tensors;
  std::vector<RunOperator> operators;
  // What the instance is given to execute: inputs, then outputs.
  std::vector<std::size_t> inputs, outputs;
};

// What a backend made of a stretch.
struct RunDecision {
  bool taken = false;
  std::string reason;          // in words, whichever way it was decided
  double portable_us = 0;      // estimated time of one execution by the portable kernels, on one thread
  double backend_us = 0;       // the same of the backend
  std::size_t transposes = 0;  // that were put in between
};

}  // namespace ptetool
