// The steps of loading a method.
#pragma once

#include <future>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/arenas.h"

namespace ptetool {

// prove.cc: the rules of verify that guard execution, but for those about the content of weights.
Result<> prove(const Model& model, const LoadOptions& options);
// These, in a thread of their own if there is one to be had. To be called when the others hold.
std::future<Result<>> prove_content(std::shared_ptr<const Model> model, const LoadOptions& options);
// Everything in the plan that nobody here can execute, each once with the number of its uses.
Result<> prove_supported(const Model& model, std::size_t plan_index, std::span<DelegateBackend* const> backends);
// nullptr: there is none.
DelegateBackend* find_backend(std::span<DelegateBackend* const> backends, std::string_view id);

// values.cc: fills MethodState::values; the arenas are reserved.
Result<> load_values(MethodState& state, std::size_t plan_index, Arenas& arenas);
// Graph outputs that nobody gives memory: each gets its own, of the size of its bound.
Result<> allocate_outputs(MethodState& state, Arenas& arenas);

// bind.cc: every kernel call gets its operator, and is checked where the kinds of its arguments cannot change.
Result<> bind_instructions(MethodState& state);

}  // namespace ptetool
