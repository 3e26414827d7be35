// The two ways to execute an XNNPACK delegate: by XNNPACK itself, and by reference kernels written from the
// definitions.
#pragma once

#include <memory>

#include "ptetool/base/result.h"
#include "ptetool/base/threads.h"
#include "ptetool/runtime/delegate.h"

namespace ptetool {

// Executes on XNNPACK, on `threads` (null: the caller's thread alone). All delegates of one backend share its
// workspace; so one of them may run at a time. Errors: Unsupported where XNNPACK does not know this CPU, Limit.
Result<std::unique_ptr<DelegateBackend>> make_xnnpack_backend(std::shared_ptr<const ThreadPool> threads);

// Executes on plain loops over float32, to be judged by eye: the judge for XNNPACK, and what `--backend portable` uses.
std::unique_ptr<DelegateBackend> make_reference_backend(std::shared_ptr<const ThreadPool> threads = nullptr);

}  // namespace ptetool
