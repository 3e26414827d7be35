// MODEL@DATA,DATA is split in one pass over its characters; then programs and data files are opened and linked.
#include "models.h"

#include <algorithm>
#include <chrono>

#include "ptetool/base/text.h"

namespace ptetool::cli {

Result<ModelArgument> parse_model_argument(std::string_view text) {
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool separator = c == '@' ? names.size() == 1 : c == ',' && names.size() > 1;
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if ((separator || c == '@') && doubled) {
      names.back() += c;
      ++i;
    } else if (separator) {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) continue;
    return fail(ErrorCode::Usage,
                quoted(text) + (i == 0 ? " names no model before the '@'"
                                       : " names an empty data file; write '@@' for an '@' in a path"));
  }
  ModelArgument argument;
  argument.model = std::move(names.front());
  argument.data.assign(names.begin() + 1, names.end());
  return argument;
}

Result<std::vector<ModelArgument>> parse_model_arguments(std::span<const std::string> arguments,
                                                         std::span<const std::string> shared_data) {
  std::vector<ModelArgument> models;
  for (const std::string& text : arguments) {
    PTETOOL_ASSIGN(ModelArgument argument, parse_model_argument(text));
    argument.data.insert(argument.data.end(), shared_data.begin(), shared_data.end());
    models.push_back(std::move(argument));
  }
  std::ptrdiff_t reads = 0;
  for (const ModelArgument& model : models) reads += (model.model == "-") + std::ranges::count(model.data, "-");
  if (reads > 1) {
    return fail(ErrorCode::Usage, "standard input ('-') would be read " +
                                      counted(static_cast<std::uint64_t>(reads), "time") +
                                      ", and can be read once; write it into a file first");
  }
  return models;
}

Result<std::vector<std::shared_ptr<const ptd::DataFile>>> open_data_files(std::span<const std::string> paths) {
  std::vector<std::shared_ptr<const ptd::DataFile>> files;
  for (const std::string& path : paths) {
    PTETOOL_ASSIGN(auto file, open_data_file(path));
    files.push_back(std::move(file));
  }
  return files;
}

std::uint64_t OpenModel::file_bytes() const {
  std::uint64_t size = model->program->file->size();
  for (const auto& data : model->data) size += data->file->size();
  return size;
}

Result<OpenModel> open_model(const ModelArgument& argument) {
  const auto start = std::chrono::steady_clock::now();
  OpenModel opened;
  PTETOOL_ASSIGN(opened.artifact, open_program(argument.model));
  PTETOOL_ASSIGN(auto data, open_data_files(argument.data));
  opened.model = std::make_shared<const Model>(link(opened.artifact.program(), std::move(data)));
  opened.open_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return opened;
}

}  // namespace ptetool::cli
