// Opens what belongs together, and lets in only what is whole: programs with all their data, sound by verify's rules.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "ptetool/base/text.h"
#include "ptetool/dedupe/dedupe.h"
#include "ptetool/format/bundled_write.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/verify/verify.h"

namespace ptetool::dedupe {

namespace {

// Data files of a set, each opened once however it is spelt.
class DataFiles {
 public:
  Result<std::size_t> open(const std::string& path) {
    std::error_code error;
    auto canonical = std::filesystem::canonical(path, error).string();
    if (error) canonical = path;
    if (const auto known = known_.find(canonical); known != known_.end()) return known->second;
    PTETOOL_ASSIGN(auto data, open_data_file(path));
    data_.push_back(std::move(data));
    return known_[canonical] = data_.size() - 1;
  }
  std::vector<std::shared_ptr<const ptd::DataFile>> take() { return std::move(data_); }

 private:
  std::vector<std::shared_ptr<const ptd::DataFile>> data_;
  std::map<std::string, std::size_t> known_;
};

Result<> refuse_unsound(const Set& set) {
  verify::Options options;
  options.checksums = verify::Checksums::Off;
  const auto check = [&](const std::vector<std::shared_ptr<const File>>& files,
                         const std::vector<std::shared_ptr<const File>>& data) -> Result<> {
    for (const verify::Finding& finding : verify::verify_open_files(files, data, options).findings) {
      if (finding.severity != verify::Severity::Error) continue;
      const bool missing = finding.rule->id.starts_with("SET001") || finding.rule->id.starts_with("SET002");
      return fail(missing ? ErrorCode::Missing : ErrorCode::Malformed, finding.file, finding.path,
                  std::string(finding.rule->id) + ": " + finding.message, finding.offset);
    }
    return {};
  };
  std::set<std::size_t> used;
  for (const Set::Member& member : set.programs) {
    std::vector<std::shared_ptr<const File>> data;
    for (const std::size_t f : member.data) data.push_back(set.data[f]->file);
    used.insert(member.data.begin(), member.data.end());
    PTETOOL_CHECK(check({member.file}, data));
    if (const auto missing = missing_keys(*member.model); !missing.empty()) {
      return fail(ErrorCode::Missing, member.path, "",
                  "needs " + counted(missing.size(), "named tensor") + " that no data file given has (first: " +
                      quoted(missing.front()) + "); pass the data with --data, or as MODEL@DATA");
    }
  }
  for (std::size_t f = 0; f < set.data.size(); ++f) {
    if (!used.contains(f)) PTETOOL_CHECK(check({set.data[f]->file}, {}));
  }
  return {};
}

}  // namespace

Result<Set> make_set(std::span<const OpenModel> models, std::vector<std::shared_ptr<const ptd::DataFile>> data) {
  Set set;
  set.data = std::move(data);
  for (const OpenModel& each : models) {
    PTETOOL_ASSIGN(const Artifact artifact, read_artifact(each.program));
    const std::string& path = each.program->name();
    const auto program = artifact.program();
    if (!program) {
      return fail(ErrorCode::WrongKind, path, "",
                  "is " + described(artifact.kind) + "; dedupe rewrites programs (.pte, .bpte) and data files (.ptd)");
    }
    Set::Member member{path, artifact.file, nullptr, nullptr, each.data, std::nullopt};
    if (const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&artifact.content)) member.bundle = *bundle;
    Result<> writable = pte::writable(*program);
    if (writable && member.bundle) writable = bundled::writable(member.bundle->bundle);
    if (!writable) member.fixed = writable.error();
    std::vector<std::shared_ptr<const ptd::DataFile>> linked;
    for (const std::size_t index : each.data) linked.push_back(set.data[index]);
    member.model = std::make_shared<const Model>(link(program, std::move(linked)));
    set.programs.push_back(std::move(member));
  }
  PTETOOL_CHECK(refuse_unsound(set));
  return set;
}

Result<Set> open_set(std::span<const ModelFiles> models, std::span<const std::string> data) {
  DataFiles files;
  std::vector<OpenModel> open;
  for (const ModelFiles& each : models) {
    OpenModel model;
    PTETOOL_ASSIGN(model.program, File::open(each.program));
    for (const std::string& path : each.data) {
      PTETOOL_ASSIGN(const std::size_t index, files.open(path));
      if (std::ranges::find(model.data, index) == model.data.end()) model.data.push_back(index);
    }
    open.push_back(std::move(model));
  }
  for (const std::string& path : data) PTETOOL_CHECK(files.open(path));
  return make_set(open, files.take());
}

}  // namespace ptetool::dedupe
