// "MODEL@DATA,DATA": a program and the data files bound to it on the command line, and how they are opened.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/link/artifact.h"
#include "ptetool/link/model.h"

namespace ptetool::cli {

struct ModelArgument {
  std::string model;
  std::vector<std::string> data;  // bound with @, then those of --data
};

// Splits at the first '@' that is not doubled, and what follows at commas that are not; '@@' stands for '@' and, after
// the '@', ',,' for ','. Errors: Usage (no model, or an empty name of a data file).
Result<ModelArgument> parse_model_argument(std::string_view text);

// Every positional argument with the data files that serve all of them added.
Result<std::vector<ModelArgument>> parse_model_arguments(std::span<const std::string> arguments,
                                                         std::span<const std::string> shared_data);

Result<std::vector<std::shared_ptr<const ptd::DataFile>>> open_data_files(std::span<const std::string> paths);

// A program with its data, ready to be loaded.
struct OpenModel {
  Artifact artifact;  // of the program
  std::shared_ptr<const Model> model;
  double open_ms = 0;

  std::uint64_t file_bytes() const;  // of the program and its data
};
Result<OpenModel> open_model(const ModelArgument& argument);

}  // namespace ptetool::cli
