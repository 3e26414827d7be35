// A graph as a delegate that is executed on XNNPACK: compiled once (instance.cc), as a delegate of the program
// (own_instance.cc) or as a stretch of operators (run_instance.cc).
#pragma once

#include <xnnpack.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ptetool/xnnpack/backend.h"
#include "xnnpack/compile.h"

namespace ptetool::xnn {

template <auto kDelete>
struct DeleteWith {
  template <class T>
  void operator()(T* object) const {
    kDelete(object);
  }
};
using Workspace = std::unique_ptr<std::remove_pointer_t<xnn_workspace_t>, DeleteWith<&xnn_release_workspace>>;
using Runtime = std::unique_ptr<std::remove_pointer_t<xnn_runtime_t>, DeleteWith<&xnn_delete_runtime>>;

// What all delegates of a backend share.
struct Shared {
  std::shared_ptr<const ThreadPool> threads;
  pthreadpool* handle() const { return threads ? threads->handle() : nullptr; }

  Workspace workspace;
  std::shared_ptr<WeightStore> weights;
  bool measure = false;
  UndelegatedOperators operators = UndelegatedOperators::None;
};

// The shapes that a graph is compiled with which takes others later.
std::vector<std::vector<Sizes>> first_shapes(const GraphPlan& plan);
// XNNPACK leaves the shape of some indices as it was when the graph was compiled.
bool keeps_first_shapes(const Graph& graph);

// Compiles with the first shapes that XNNPACK takes and creates the runtime. Null where it refuses all of them, with
// the first reason for it. An execution that it refuses although the shapes follow the nodes' definitions ends in
// Unsupported. Errors: Mismatch (packed weights that are not what they were).
Result<std::unique_ptr<DelegateInstance>> instantiate(const std::shared_ptr<Shared>& shared,
                                                      std::shared_ptr<const GraphPlan> plan, Precision precision,
                                                      std::span<const std::vector<Sizes>> shapes, std::string& reason);

// A delegate of the program by itself. Its weights are packed when it is to be executed: as a part of a stretch it may
// never be. `ranks`: are they those that the graph declares?
std::unique_ptr<DelegateInstance> make_own_instance(std::shared_ptr<Shared> shared,
                                                    std::shared_ptr<const GraphPlan> plan, bool ranks);

// A stretch of operators. Not executed are empty inputs, and results in which XNNPACK may have lost a NaN: `guards` are
// the last outputs of `inner`, and hold one where that is so.
std::unique_ptr<DelegateInstance> make_run_instance(std::unique_ptr<DelegateInstance> inner,
                                                    std::vector<OwnedTensor> guards);

}  // namespace ptetool::xnn
