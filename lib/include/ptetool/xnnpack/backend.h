// The two ways to execute an XNNPACK delegate: by XNNPACK itself, and by reference kernels written from the
// definitions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/base/threads.h"
#include "ptetool/runtime/delegate.h"
#include "ptetool/xnnpack/weight_store.h"

namespace ptetool {

// Which operators beside the delegates XNNPACK computes.
enum class UndelegatedOperators {
  None,
  WhereFaster,  // stretches that gain by it, as far as can be told beforehand (docs/backends.md)
  All,          // that it has nodes for
};

struct XnnpackOptions {
  std::shared_ptr<WeightStore> weights = {};  // null: the backend makes one for its own delegates
  bool measure = false;                       // delegates tell the time of each node
  UndelegatedOperators operators = UndelegatedOperators::None;
};

// Executes on XNNPACK, on `threads` (null: the caller's thread alone). All delegates of one backend share its
// workspace; so one of them may run at a time. A graph that XNNPACK does not take is computed by the reference kernels.
// Errors: Unsupported where XNNPACK does not know this CPU, Limit.
Result<std::unique_ptr<DelegateBackend>> make_xnnpack_backend(std::shared_ptr<const ThreadPool> threads,
                                                              XnnpackOptions options = {});

// Executes from the definitions, with exact integers and one rounding of each result: the judge for XNNPACK, and what
// `--backend portable` uses.
std::unique_ptr<DelegateBackend> make_reference_backend(std::shared_ptr<const ThreadPool> threads = nullptr);

}  // namespace ptetool
