// Programs with damaged values and instructions, executed: whatever an operator is given, it computes or refuses.
// Meant for the sanitizer build; the same seed does the same damage.
//   program_damage_test SEED COUNT FILE…   COUNT damages of each file (.pte, .bpte), each of one of its methods, which
//   is
//                                          then run by every backend; the bytes that are being run are kept in the file
//                                          named by PTETOOL_FUZZ_INPUT, if any
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;

constexpr std::uint64_t kMaxMemory = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxSteps = 10'000;
constexpr unsigned kMostSeconds = 120;  // for one damage on all backends, sanitizers and a busy machine included

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {
    backends_.push_back(make_reference_backend());
    for (const auto operators :
         {UndelegatedOperators::None, UndelegatedOperators::WhereFaster, UndelegatedOperators::All}) {
      if (auto backend = make_xnnpack_backend(nullptr, {nullptr, false, operators})) {
        backends_.push_back(std::move(*backend));
      }
    }
  }

  bool exercise(const std::string& path, std::uint64_t count) {
    const auto intact = open_artifact(path);
    if (!intact || !intact->program() || intact->program()->execution_plan.empty()) return false;
    const ByteView whole = intact->file->bytes();
    std::uint64_t ran = 0;
    std::uint64_t refused = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto& plans = intact->program()->execution_plan;
      const std::size_t plan = below(plans.size());
      std::vector<std::uint8_t> bytes(whole.begin(), whole.end());
      const auto places = places_of(*intact->program(), plan, whole);
      if (places.empty()) continue;
      do damage(bytes, places);
      while (below(3) == 0);
      keep(bytes);
      ::alarm(kMostSeconds);
      run_damaged(bytes, plan, ran, refused);
      ::alarm(0);
    }
    fmt::print("{}: {} ran, {} refused\n", path, ran, refused);
    std::fflush(stdout);
    return count < 100 || (ran > 0 && refused > 0);
  }

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

  // Where the tables of a method's values and instructions are in the file, and the lists that they name.
  static std::vector<std::size_t> places_of(const pte::Program& program, std::size_t plan, ByteView whole) {
    std::vector<std::size_t> places;
    const auto add = [&](const void* at) {
      const auto* const byte = static_cast<const std::uint8_t*>(at);
      if (byte >= whole.data() && byte < whole.data() + whole.size()) {
        places.push_back(static_cast<std::size_t>(byte - whole.data()));
      }
    };
    // Inside a bundled program, offsets count from where the program begins.
    const std::size_t base = static_cast<std::size_t>(program.file->bytes().data() - whole.data());
    for (const auto& value : program.execution_plan[plan].values) {
      places.push_back(base + value.offset);
      std::visit(
          [&](const auto& content) {
            if constexpr (requires { content.items; }) {
              add(content.items.data());
            } else if constexpr (requires { content.sizes; }) {
              add(content.sizes.data());
              add(content.dim_order.data());
            }
          },
          value.content);
    }
    for (const auto& chain : program.execution_plan[plan].chains) {
      for (const auto& instruction : chain.instructions) {
        places.push_back(base + instruction.offset);
        if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) add(call->args.data());
      }
    }
    return places;
  }

  // One word at or a little behind a place.
  void damage(std::vector<std::uint8_t>& bytes, const std::vector<std::size_t>& places) {
    const std::size_t at = places[below(places.size())] / 4 * 4 + 4 * below(12);
    if (at + 4 > bytes.size()) return;
    constexpr std::uint32_t kValues[] = {0,  1,  2,  3,   4,   5,   6,   7,   8,          9,          11,
                                         15, 16, 31, 100, 127, 128, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff};
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    switch (below(5)) {
      case 0: value += static_cast<std::uint32_t>(below(7)) - 3; break;
      case 1: bytes[at + below(4)] = static_cast<std::uint8_t>(kValues[below(std::size(kValues))]); return;
      case 2: std::memcpy(&value, &bytes[places[below(places.size())] / 4 * 4], sizeof value); break;
      case 3: value = 0u - value; break;
      default: value = kValues[below(std::size(kValues))];
    }
    std::memcpy(&bytes[at], &value, sizeof value);
  }

  static void keep(const std::vector<std::uint8_t>& bytes) {
    if (const char* const path = std::getenv("PTETOOL_FUZZ_INPUT")) (void)write_file(path, bytes);
  }

  void run_damaged(const std::vector<std::uint8_t>& bytes, std::size_t plan, std::uint64_t& ran,
                   std::uint64_t& refused) {
    const auto artifact = read_artifact(File::from_bytes("damaged", bytes));
    if (!artifact || !artifact->program() || plan >= artifact->program()->execution_plan.size()) {
      ++refused;
      return;
    }
    const auto model = std::make_shared<const Model>(link(artifact->program(), {}));
    for (const auto& backend : backends_) {
      RunRequest request;
      request.load.method = std::string(artifact->program()->execution_plan[plan].name);
      request.load.max_memory = kMaxMemory;
      request.load.max_instructions = kMaxSteps;
      request.load.checksums = verify::Checksums::Off;
      request.max_generated_bytes = kMaxMemory;
      const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact->content);
      if (bundle && below(2) == 0) give_inputs(**bundle, request);
      DelegateBackend* one[] = {backend.get()};
      ++(run(model, request, one) ? ran : refused);
    }
  }

  // Those of its first test case, which fit what the operators want better than random ones.
  static void give_inputs(const Bundle& bundle, RunRequest& request) {
    for (const auto& suite : bundle.bundle.test_suites) {
      if (suite.method_name != request.load.method || suite.test_cases.empty()) continue;
      std::vector<HostValue> values;
      for (const auto& input : suite.test_cases.front().inputs) {
        auto value = host_value(input);
        if (!value) return;
        values.push_back(std::move(*value));
      }
      request.values = std::move(values);
      return;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<DelegateBackend>> backends_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: program_damage_test SEED COUNT FILE...\n");
    return 2;
  }
  int status = 0;
  for (int i = 3; i < argc; ++i) {
    Damage damage(std::strtoull(argv[1], nullptr, 10));
    if (damage.exercise(argv[i], std::strtoull(argv[2], nullptr, 10))) continue;
    fmt::print(stderr, "{}: cannot be read, or its damage was never or always fatal\n", argv[i]);
    status = 1;
  }
  return status;
}
