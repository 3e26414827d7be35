// Delegates with damaged bytes are refused or computed: nothing crashes, and XNNPACK is never given what it does not
// check itself. Meant for the sanitizer build; the choice of places is the same in every run.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;

constexpr std::string_view kBundles[] = {"explicit", "half_linear",     "half_spatial",           "linear",
                                         "shape",    "static_elements", "static_matrices_channel"};
constexpr int kDamages = 60;  // of each bundle

// Runs the method that a delegate belongs to, if the damaged bytes still say which that is.
void exercise(const std::vector<std::uint8_t>& bytes, std::size_t plan, DelegateBackend& backend, int& ran) {
  const auto artifact = read_artifact(File::from_bytes("damaged.bpte", bytes));
  if (!artifact || !std::holds_alternative<std::shared_ptr<const Bundle>>(artifact->content)) return;
  const auto& bundle = *std::get<std::shared_ptr<const Bundle>>(artifact->content);
  if (plan >= bundle.program->execution_plan.size()) return;
  const auto model = std::make_shared<const Model>(link(bundle.program, {}));
  DelegateBackend* backends[] = {&backend};
  for (const auto& suite : bundle.bundle.test_suites) {
    if (suite.method_name != bundle.program->execution_plan[plan].name || suite.test_cases.empty()) continue;
    RunRequest request;
    request.load.method = std::string(suite.method_name);
    request.load.checksums = verify::Checksums::Off;
    request.load.max_memory = std::uint64_t{1} << 28;
    request.values.emplace();
    for (const auto& input : suite.test_cases[0].inputs) {
      auto value = host_value(input);
      if (!value) return;
      request.values->push_back(std::move(*value));
    }
    if (run(model, request, backends)) ++ran;
  }
}

TEST_CASE("damaged delegates end with an answer") {
  const auto reference = make_reference_backend();
  auto xnnpack = make_xnnpack_backend(nullptr);
  REQUIRE(xnnpack);
  std::mt19937 random(7);
  int ran = 0;
  for (const std::string_view name : kBundles) {
    const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/xnnpack/" + std::string(name) + ".bpte");
    REQUIRE_MESSAGE(artifact, std::string(name));
    const auto& bundle = *std::get<std::shared_ptr<const Bundle>>(artifact->content);
    const auto model = link(bundle.program, {});
    const ByteView whole = artifact->file->bytes();
    for (int i = 0; i < kDamages; ++i) {
      const auto& delegate = model.delegates[random() % model.delegates.size()];
      REQUIRE(delegate.payload);
      std::vector<std::uint8_t> bytes(whole.begin(), whole.end());
      const auto start = static_cast<std::size_t>(delegate.payload->data() - whole.data());
      const std::size_t at = start + random() % delegate.payload->size();
      constexpr std::uint8_t kValues[] = {0, 1, 2, 3, 4, 7, 8, 9, 10, 12, 16, 32, 127, 128, 255};
      bytes[at] = kValues[random() % std::size(kValues)];
      exercise(bytes, delegate.plan, *reference, ran);
      exercise(bytes, delegate.plan, **xnnpack, ran);
    }
  }
  CHECK(ran > 0);
}

}  // namespace
