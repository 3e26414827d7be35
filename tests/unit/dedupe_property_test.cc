// Over all of testdata: what dedupe lets in it writes soundly, in every way that options ask for, and the way back
// gives what the way there was given.
#include <random>

#include "dedupe_files.h"
#include "ptetool/compare/diff.h"

using namespace dedupe_files;

namespace {

struct Files {
  std::vector<dedupe::OpenModel> models;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;
};

// Programs and bundles that are whole, with the data file of the same name where there is one beside them.
std::vector<dedupe::ModelFiles> programs_of_testdata() {
  std::vector<dedupe::ModelFiles> all;
  for (const auto& entry : fs::recursive_directory_iterator(testdata(""))) {
    const std::string suffix = entry.path().extension().string();
    if ((suffix != ".pte" && suffix != ".bpte") || entry.file_size() > (std::size_t{4} << 20)) continue;
    dedupe::ModelFiles files{entry.path().string(), {}};
    fs::path data = entry.path();
    if (fs::exists(data.replace_extension(".ptd"))) files.data.push_back(data.string());
    const auto set = dedupe::open_set(std::span(&files, 1), {});
    if (set) all.push_back(std::move(files));
    if (!set) CHECK(set.error().code == ErrorCode::Missing);
  }
  std::ranges::sort(all, {}, &dedupe::ModelFiles::program);
  return all;
}

// As if by another name, so that one program can be in a set twice.
Files opened(std::span<const dedupe::ModelFiles> models) {
  Files files;
  for (const dedupe::ModelFiles& each : models) {
    const std::string number = std::to_string(files.models.size());
    const auto file = File::open(each.program);
    REQUIRE(file);
    dedupe::OpenModel model{File::part_of(*file, number + ".pte", (*file)->bytes()), {}};
    for (const std::string& path : each.data) {
      const auto data = File::open(path);
      REQUIRE(data);
      auto read = ptd::read_ptd(File::part_of(*data, number + ".ptd", (*data)->bytes()));
      REQUIRE(read);
      model.data.push_back(files.data.size());
      files.data.push_back(std::make_shared<const ptd::DataFile>(std::move(*read)));
    }
    files.models.push_back(std::move(model));
  }
  return files;
}

Files run(const Files& files, const dedupe::Options& options, bool must_change_nothing = false) {
  const auto set = dedupe::make_set(files.models, files.data);
  REQUIRE_MESSAGE(set, set.error().line());
  const auto plan = dedupe::make_plan(*set, options);
  REQUIRE_MESSAGE(plan, plan.error().line());
  if (must_change_nothing) CHECK_FALSE(plan->changes());
  const auto written = dedupe::files_of(*set, *plan);
  REQUIRE_MESSAGE(written, written.error().line());
  Files result;
  std::map<std::string, std::size_t> data_of;
  std::map<std::string, std::shared_ptr<const File>> file_of;
  for (const auto& file : *written) {
    file_of[file->name()] = file;
    auto data = ptd::read_ptd(file);
    if (!data) continue;
    data_of[file->name()] = result.data.size();
    result.data.push_back(std::make_shared<const ptd::DataFile>(std::move(*data)));
  }
  for (const dedupe::ProgramOutput& program : plan->programs) {
    dedupe::OpenModel& model = result.models.emplace_back();
    model.program = file_of.at(program.name);
    for (const std::string& name : program.data) model.data.push_back(data_of.at(name));
  }
  return result;
}

compare::Side side_of(const Files& files, std::size_t p) {
  const auto artifact = read_artifact(files.models[p].program);
  REQUIRE(artifact);
  compare::Side side{*artifact, {}};
  for (const std::size_t index : files.models[p].data) side.data.push_back(files.data[index]);
  return side;
}

// Names may have become digests; nothing else may be told, and nothing may be left open.
void check_same(const Files& was, const Files& is, bool names_stay) {
  for (std::size_t p = 0; p < was.models.size(); ++p) {
    const auto found = compare::diff(side_of(was, p), side_of(is, p), {});
    REQUIRE(found);
    CHECK(found->notes.empty());
    CHECK(found->problems.empty());
    if (names_stay) CHECK(found->equal);
    for (const report::Section& part : found->report.root.sections) {
      for (const report::Table& table : part.tables) {
        const bool free = part.id == "sizes" || part.id == "cosmetic" || (!names_stay && table.id == "renamed");
        CAPTURE(part.id);
        CAPTURE(table.id);
        if (!free) CHECK(table.rows.empty());
      }
    }
  }
}

}  // namespace

TEST_CASE("dedupe: then inlined is what was inlined before, for all of testdata and any options") {
  const auto programs = programs_of_testdata();
  CHECK(programs.size() > 60);
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  std::size_t thinner = 0;
  for (std::size_t first = 0; first < programs.size(); ++first) {
    // Each program, twice or beside others.
    std::vector<dedupe::ModelFiles> chosen = {programs[first]};
    for (std::size_t others = 1 + below(3); others > 0; --others)
      chosen.push_back(programs[below(2) == 0 ? first : below(programs.size())]);
    CAPTURE(programs[first].program);
    dedupe::Options options;
    options.min_size = std::array<std::uint64_t, 4>{0, 1, 64, 1024}[below(4)];
    options.group = below(2) == 0;
    options.keys = below(2) == 0 ? dedupe::Keys::Keep : dedupe::Keys::Content;
    CAPTURE(options.min_size);
    CAPTURE(options.group);
    const Files files = opened(chosen);
    dedupe::Options inlined = options;
    inlined.inline_data = true;
    const Files whole = run(files, inlined);
    const Files thin = run(files, options);
    if (!thin.data.empty()) ++thinner;
    run(thin, options, true);
    check_same(whole, run(thin, inlined), options.keys == dedupe::Keys::Keep);
  }
  CHECK(thinner > 30);
}
