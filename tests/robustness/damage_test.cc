// Every byte of small files flipped, every truncation of them: reading, inspecting, verifying and running end with an
// answer. Meant for the sanitizer build, where a bad read or an allocation beyond bounds ends the program.
//   damage_test FILE.pte[@DATA.ptd] …
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/layout/inspect.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/verify/verify.h"
#include "ptetool/xnnpack/backend.h"
#include "render/json.h"
#include "render/text.h"

namespace {

using namespace ptetool;

struct Outcomes {
  std::uint64_t unreadable = 0;
  std::uint64_t refused = 0;
  std::uint64_t ran = 0;
};

class Damage {
 public:
  Damage() {
    backends_.push_back(make_reference_backend());
    if (auto xnnpack = make_xnnpack_backend(nullptr)) backends_.push_back(std::move(*xnnpack));
  }

  // One pair of (perhaps damaged) files through everything.
  void exercise(ByteView program_bytes, ByteView data_bytes) {
    const auto program = read_artifact(File::from_bytes("damaged.pte", program_bytes));
    const auto data = read_artifact(File::from_bytes("damaged.ptd", data_bytes));
    if (!program || !program->program()) {
      ++outcomes_.unreadable;
      return;
    }
    std::vector<std::shared_ptr<const ptd::DataFile>> files;
    if (data && data->data_file()) files.push_back(data->data_file());
    const auto model = std::make_shared<const Model>(link(program->program(), files));
    verify::Options options;
    options.look_nearby = false;
    verify::verify_model(*model, options, verify::Scope::All);
    inspect(*program, files);
    for (const auto& backend : backends_) {
      DelegateBackend* one[] = {backend.get()};
      RunRequest request;
      request.max_generated_bytes = kMaxGeneratedBytes;
      const auto result = run(model, request, one);
      ++(result ? outcomes_.ran : outcomes_.refused);
    }
  }

  // All views, rendered both ways.
  static void inspect(const Artifact& program, const std::vector<std::shared_ptr<const ptd::DataFile>>& data) {
    const layout::InspectInput input{program, data};
    layout::InspectOptions options;
    for (int view = 0; view <= static_cast<int>(layout::View::Bytes); ++view) {
      options.views.push_back(static_cast<layout::View>(view));
    }
    if (const auto inspection = layout::inspect(std::span(&input, 1), options)) {
      cli::render_json(inspection->report);
      cli::render_text(inspection->report, {});
    }
  }

  void all_of(const std::vector<std::uint8_t>& intact, const std::vector<std::uint8_t>& other, bool is_program) {
    const auto both = [&](ByteView damaged) { is_program ? exercise(damaged, other) : exercise(other, damaged); };
    for (std::size_t length = 0; length < intact.size(); ++length) both(ByteView(intact).first(length));
    std::vector<std::uint8_t> damaged = intact;
    for (std::size_t at = 0; at < intact.size(); ++at) {
      for (const std::uint8_t mask : {std::uint8_t{0xff}, std::uint8_t{0x01}, std::uint8_t{0x80}}) {
        damaged[at] = intact[at] ^ mask;
        both(damaged);
      }
      damaged[at] = intact[at];
    }
  }

  const Outcomes& outcomes() const { return outcomes_; }

 private:
  std::vector<std::unique_ptr<DelegateBackend>> backends_;
  Outcomes outcomes_;
};

std::vector<std::uint8_t> content(const std::string& path) {
  if (path.empty()) return {};
  const auto file = File::open(path);
  if (!file) return {};
  return {(*file)->bytes().begin(), (*file)->bytes().end()};
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto at = argument.find('@');
    const auto program = content(argument.substr(0, at));
    const auto data = content(at == std::string::npos ? "" : argument.substr(at + 1));
    if (program.empty()) {
      fmt::print(stderr, "{}: cannot be read\n", argument);
      return 1;
    }
    Damage damage;
    damage.all_of(program, data, true);
    if (!data.empty()) damage.all_of(data, program, false);
    const Outcomes& outcomes = damage.outcomes();
    fmt::print("{}: {} unreadable, {} refused, {} ran\n", argument, outcomes.unreadable, outcomes.refused,
               outcomes.ran);
    // Damage that is never noticed, or always fatal, would mean that nothing was tested.
    if (outcomes.unreadable == 0 || outcomes.refused == 0 || outcomes.ran == 0) return 1;
  }
  return 0;
}
