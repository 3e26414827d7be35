// What all models of a command line share: threads, packed weights and where they are kept, the way they are loaded.
#pragma once

#include <memory>
#include <string_view>

#include "console.h"
#include "options.h"
#include "ptetool/runtime/delegate.h"
#include "ptetool/runtime/method.h"
#include "ptetool/xnnpack/backend.h"

namespace ptetool::cli {

class Engine {
 public:
  // From --threads, --packed-cache, --max-memory, --checksums and --method. Errors: those of the packed cache.
  static Result<Engine> make(const Options& options);

  // How models are loaded; without a progress function.
  const LoadOptions& load() const { return load_; }
  unsigned threads() const { return threads_; }

  // Both `auto` and `xnnpack` give delegates to XNNPACK, and of what is not delegated what is faster there, or all that
  // it takes; the portable kernels do the rest. All backends of an engine share packed weights.
  Result<std::unique_ptr<DelegateBackend>> backend(std::string_view name, bool measure) const;

  // Tells what the packed cache has to say since the last time.
  void show_notes(Console& console) const;

 private:
  Result<> open_packed_cache(const Options& options);

  LoadOptions load_;
  unsigned threads_ = 1;
  std::shared_ptr<PackedCache> cache_;  // null: packed weights are kept in memory
  std::shared_ptr<WeightStore> weights_ = std::make_shared<WeightStore>();
};

// Is `text` the name of a backend, rather than of a model, where --against may be either?
bool is_backend(std::string_view text);

}  // namespace ptetool::cli
