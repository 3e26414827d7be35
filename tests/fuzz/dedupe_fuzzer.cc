// Stores the weights of the input once, and inlines them again.
//
// Promises: a set that is let in is planned or refused with an error; what is planned passes the same proofs as what is
// written (the same bytes for every use, no error of verify), is let in itself and is not changed by a second run; the
// way back is open.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/split_input.h"
#include "ptetool/base/hash.h"
#include "ptetool/dedupe/dedupe.h"

namespace {

using namespace ptetool;

void require(bool holds) {
  if (!holds) std::abort();
}

using DataFiles = std::vector<std::shared_ptr<const ptd::DataFile>>;

struct Files {
  std::vector<dedupe::OpenModel> models;
  DataFiles data;
};

// What a plan came to, as the next one's input; nothing where the plan was refused.
std::optional<Files> run(const Files& files, const dedupe::Options& options, bool must_change_nothing) {
  const auto set = dedupe::make_set(files.models, files.data);
  require(set.has_value());
  const auto plan = dedupe::make_plan(*set, options);
  if (!plan) return std::nullopt;
  require(!must_change_nothing || !plan->changes());
  const auto written = dedupe::files_of(*set, *plan);
  if (!written) {
    require(written.error().code != ErrorCode::Internal);
    return std::nullopt;
  }
  Files result;
  std::vector<std::size_t> data_of(plan->outputs.size());
  for (std::size_t i = 0; i < written->size(); ++i) {
    auto data = ptd::read_ptd((*written)[i]);
    if (!data) continue;
    data_of[i] = result.data.size();
    result.data.push_back(std::make_shared<const ptd::DataFile>(std::move(*data)));
  }
  for (const dedupe::ProgramOutput& program : plan->programs) {
    dedupe::OpenModel& model = result.models.emplace_back();
    for (std::size_t i = 0; i < plan->outputs.size(); ++i) {
      if (plan->outputs[i].name == program.name) model.program = (*written)[i];
      for (const std::string& name : program.data) {
        if (plan->outputs[i].name == name) model.data.push_back(data_of[i]);
      }
    }
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SplitInput input = split_input(ByteView(data, size));
  Files files;
  if (input.data) {
    auto read = ptd::read_ptd(File::from_bytes("data.ptd", *input.data));
    if (read) files.data.push_back(std::make_shared<const ptd::DataFile>(std::move(*read)));
  }
  const std::vector<std::size_t> all(files.data.size(), 0);
  files.models.push_back({File::from_bytes("a.pte", input.program), all});
  files.models.push_back({File::from_bytes("b.pte", input.program), all});
  if (!dedupe::make_set(files.models, files.data)) return 0;
  const Fingerprint print = fingerprint(ByteView(data, size));
  dedupe::Options options;
  options.min_size = print.low % 3 == 0 ? 0 : print.low % 3 == 1 ? 16 : 1024;
  options.group = (print.high & 1) != 0;
  options.keys = (print.high & 2) != 0 ? dedupe::Keys::Keep : dedupe::Keys::Content;
  const auto thin = run(files, options, false);
  if (!thin) return 0;
  run(*thin, options, true);
  options.inline_data = true;
  const auto whole = run(*thin, options, false);
  require(whole.has_value());
  return 0;
}
