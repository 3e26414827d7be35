// Runs the whole catalogue over a program, or over a program with a data file.
//
// Promises: no finding is without a rule, and the rules that guard execution find the same whether they run alone or
// not.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/split_input.h"
#include "ptetool/base/file.h"
#include "ptetool/verify/verify.h"

namespace {

using namespace ptetool;

void require(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t guard_errors(std::span<const verify::Finding> findings) {
  return static_cast<std::uint64_t>(std::ranges::count_if(findings, [](const verify::Finding& finding) {
    require(finding.rule != nullptr && finding.count > 0 && !finding.message.empty());
    return finding.rule->guards_execution;
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SplitInput input = split_input(ByteView(data, size));
  const std::vector<std::shared_ptr<const File>> files = {File::from_bytes("input.pte", input.program)};
  std::vector<std::shared_ptr<const File>> data_files;
  if (input.data) data_files.push_back(File::from_bytes("input.ptd", *input.data));

  verify::Options options;
  options.look_nearby = false;
  options.checksums = verify::Checksums::On;
  const verify::Outcome outcome = verify::verify_open_files(files, data_files, options);
  guard_errors(outcome.findings);

  const auto read = pte::read_pte(files[0]);
  if (!read) return 0;
  std::vector<std::shared_ptr<const ptd::DataFile>> linked;
  for (const auto& file : data_files) {
    if (auto found = ptd::read_ptd(file)) linked.push_back(std::make_shared<const ptd::DataFile>(std::move(*found)));
  }
  const Model model = link(std::make_shared<const pte::Program>(*read), std::move(linked));
  const auto all = verify::verify_model(model, options, verify::Scope::All);
  const auto guards = verify::verify_model(model, options, verify::Scope::Guards);
  require(guard_errors(all) == guards.size());
  return 0;
}
