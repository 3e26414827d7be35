// Writes a plan: everything under temporary names first, then proof, then the names.
#include <algorithm>
#include <filesystem>

#include "dedupe/draft.h"
#include "ptetool/base/text.h"
#include "ptetool/dedupe/dedupe.h"
#include "ptetool/verify/verify.h"

namespace ptetool::dedupe {

namespace {

namespace fs = std::filesystem;

Result<> refuse_nameless(const Plan& plan) {
  for (const Output& output : plan.outputs) {
    if (output.from.empty() || output.from.front() != "-") continue;
    return fail(ErrorCode::Usage, output.from.front(), "",
                "is read from standard input, so there is no name to write it under; pass a path");
  }
  return {};
}

Result<> refuse_inputs(const Set& set, const std::string& path) {
  const auto check = [&](const std::string& input) -> Result<> {
    std::error_code error;
    if (!fs::equivalent(input, path, error) || error) return {};
    return fail(ErrorCode::Usage, path, "", "is an input, and inputs are never written over; choose another folder");
  };
  for (const Set::Member& member : set.programs) PTETOOL_CHECK(check(member.path));
  for (const auto& data : set.data) PTETOOL_CHECK(check(data->file->name()));
  return {};
}

// The first error that verify finds in what was written.
Result<> prove_sound(const Draft& draft, std::span<const std::shared_ptr<const File>> files) {
  verify::Options options;
  options.checksums = verify::Checksums::Off;
  options.look_nearby = false;
  for (std::size_t p = 0; p < draft.program_outputs.size(); ++p) {
    const std::shared_ptr<const File> program[] = {files[draft.program_outputs[p]]};
    std::vector<std::shared_ptr<const File>> data;
    for (const std::size_t i : draft.program_data[p]) data.push_back(files[i]);
    for (const verify::Finding& finding : verify::verify_open_files(program, data, options).findings) {
      if (finding.severity == verify::Severity::Error) {
        return fail(
            ErrorCode::Internal, finding.file, finding.path,
            "would break rule " + std::string(finding.rule->id) + " (" + finding.message + "): nothing was written");
      }
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::shared_ptr<const File>>> files_of(const Set& set, const Plan& plan) {
  std::vector<std::shared_ptr<const File>> files;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i)
    files.push_back(File::from_bytes(plan.outputs[i].name, format::image_bytes(plan.draft->images[i])));
  PTETOOL_CHECK(compare_with_sources(set, *plan.draft, files));
  PTETOOL_CHECK(prove_sound(*plan.draft, files));
  return files;
}

Result<> write_plan(const Set& set, const Plan& plan, const std::string& directory, const Options& options) {
  PTETOOL_CHECK(refuse_nameless(plan));
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorCode::Io, directory, "", "cannot create the folder: " + error.message());
  const auto path_of = [&](const std::string& name) { return (fs::path(directory) / name).string(); };
  for (const Output& output : plan.outputs) PTETOOL_CHECK(refuse_inputs(set, path_of(output.name)));
  PTETOOL_CHECK(refuse_inputs(set, path_of(std::string(kManifest))));
  std::vector<AtomicFile> writers;
  std::vector<std::shared_ptr<const File>> files;
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const std::string path = path_of(plan.outputs[i].name);
    fs::create_directories(fs::path(path).parent_path(), error);
    if (error) return fail(ErrorCode::Io, path, "", "cannot create its folder: " + error.message());
    PTETOOL_ASSIGN(AtomicFile writer, AtomicFile::create(path));
    PTETOOL_CHECK(format::write_image(plan.draft->images[i], writer, [&](std::uint64_t bytes) {
      done += bytes;
      if (options.progress) options.progress(done, plan.bytes_after);
    }));
    PTETOOL_ASSIGN(const auto file, File::open(writer.temporary_path()));
    files.push_back(File::part_of(file, path, file->bytes()));
    writers.push_back(std::move(writer));
  }
  PTETOOL_CHECK(compare_with_sources(set, *plan.draft, files));
  PTETOOL_CHECK(prove_sound(*plan.draft, files));
  for (AtomicFile& writer : writers) PTETOOL_CHECK(writer.commit());
  return write_file(path_of(std::string(kManifest)), bytes_of(manifest_json(plan)));
}

}  // namespace ptetool::dedupe
