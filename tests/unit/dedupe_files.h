// What the tests of dedupe share: a folder of their own, sets made of testdata, and what programs compute.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "ptetool/dedupe/dedupe.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"
#include "temporary_folder.h"

namespace dedupe_files {

using namespace ptetool;
namespace fs = std::filesystem;

using Folder = test::TemporaryFolder;

inline std::string testdata(const std::string& name) { return std::string(PTETOOL_SOURCE_DIR "/testdata/") + name; }

// The outputs of every method, with made-up inputs, on both backends.
inline std::vector<std::vector<std::uint8_t>> outputs(const dedupe::ModelFiles& files) {
  const auto set = dedupe::open_set(std::span(&files, 1), {});
  REQUIRE_MESSAGE(set, set.error().line());
  const auto model = set->programs[0].model;
  std::vector<std::unique_ptr<DelegateBackend>> backends;
  backends.push_back(make_reference_backend());
  if (auto xnnpack = make_xnnpack_backend(std::make_shared<const ThreadPool>(1u))) {
    backends.push_back(std::move(*xnnpack));
  }
  std::vector<std::vector<std::uint8_t>> all;
  for (const auto& plan : model->program->execution_plan) {
    for (const auto& backend : backends) {
      DelegateBackend* one[] = {backend.get()};
      RunRequest request;
      request.load.method = std::string(plan.name);
      const auto result = run(model, request, one);
      REQUIRE_MESSAGE(result, result.error().line());
      for (const HostValue& value : result->calls[0].outputs) {
        const auto* tensor = std::get_if<OwnedTensor>(&value);
        if (!tensor) continue;
        const ByteView bytes = tensor->tensor.bytes();
        all.emplace_back(bytes.begin(), bytes.end());
      }
    }
  }
  return all;
}

inline dedupe::Plan written(const std::vector<dedupe::ModelFiles>& models, const std::string& directory,
                            const dedupe::Options& options) {
  const auto set = dedupe::open_set(models, {});
  REQUIRE_MESSAGE(set, set.error().line());
  auto plan = dedupe::make_plan(*set, options);
  REQUIRE_MESSAGE(plan, plan.error().line());
  const auto result = dedupe::write_plan(*set, *plan, directory, options);
  REQUIRE_MESSAGE(result, result.error().line());
  return std::move(*plan);
}

inline std::vector<dedupe::ModelFiles> models_of(const dedupe::Plan& plan, const std::string& directory) {
  std::vector<dedupe::ModelFiles> models;
  for (const dedupe::ProgramOutput& program : plan.programs) {
    dedupe::ModelFiles files{(fs::path(directory) / program.name).string(), {}};
    for (const std::string& data : program.data) files.data.push_back((fs::path(directory) / data).string());
    models.push_back(files);
  }
  return models;
}

inline ByteView file_bytes(const std::string& path) {
  static std::vector<std::shared_ptr<const File>> open;
  open.push_back(*File::open(path));
  return open.back()->bytes();
}

// Two programs without data made of one: the second with the first's weights as well.
inline std::vector<dedupe::ModelFiles> fat_pair(const Folder& folder, const std::string& name) {
  dedupe::Options whole;
  whole.inline_data = true;
  written({{testdata("linear/" + name + ".pte"), {testdata("linear/" + name + ".ptd")}}}, folder / "whole", whole);
  fs::copy_file(folder / ("whole/" + name + ".pte"), folder / "a.pte");
  fs::copy_file(folder / ("whole/" + name + ".pte"), folder / "b.pte");
  return {{folder / "a.pte", {}}, {folder / "b.pte", {}}};
}

}  // namespace dedupe_files
