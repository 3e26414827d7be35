// One door for every file: identify, read, say clearly what a stranger is.
#include "ptetool/link/artifact.h"

namespace ptetool {

namespace {

template <class T>
std::shared_ptr<const T> shared(T&& value) {
  return std::make_shared<const std::remove_cvref_t<T>>(std::forward<T>(value));
}

Failure not_a(const Artifact& artifact, std::string_view wanted) {
  return fail(ErrorCode::WrongKind, artifact.file->name(), "",
              "is " + described(artifact.kind) + ", not " + std::string(wanted));
}

}  // namespace

Result<Artifact> read_artifact(std::shared_ptr<const File> file) {
  Artifact artifact;
  artifact.file = file;
  artifact.kind = identify(file->bytes());
  switch (artifact.kind) {
    case FileKind::Program: {
      PTETOOL_ASSIGN(pte::Program program, pte::read_pte(file));
      artifact.content = shared(std::move(program));
      return artifact;
    }
    case FileKind::DataFile: {
      PTETOOL_ASSIGN(ptd::DataFile data, ptd::read_ptd(file));
      artifact.content = shared(std::move(data));
      return artifact;
    }
    case FileKind::BundledProgram: {
      PTETOOL_ASSIGN(bundled::BundledProgram bundle, bundled::read_bundled(file));
      PTETOOL_ASSIGN(pte::Program program, pte::read_pte(bundle.program_file()));
      artifact.content = shared(Bundle{std::move(bundle), shared(std::move(program))});
      return artifact;
    }
    case FileKind::EtDump: {
      PTETOOL_ASSIGN(etdump::EtDump dump, etdump::read_etdump(file));
      artifact.content = shared(std::move(dump));
      return artifact;
    }
    case FileKind::XnnpackBlob: {
      PTETOOL_ASSIGN(xnn::Graph graph, xnn::read_xnnpack_blob(Bytes{file->bytes(), file}, file->name()));
      artifact.content = shared(std::move(graph));
      return artifact;
    }
    case FileKind::XnnpackWeightCache: {
      PTETOOL_ASSIGN(weight_cache::WeightCache cache, weight_cache::read_weight_cache(file));
      artifact.content = shared(std::move(cache));
      return artifact;
    }
    case FileKind::PackedWeights: {
      PTETOOL_ASSIGN(packed::PackedFile packed, packed::read_packed_weights(file));
      artifact.content = shared(std::move(packed));
      return artifact;
    }
    default: return Failure(stranger_error(*file, artifact.kind));
  }
}

Result<Artifact> open_artifact(const std::string& path) {
  PTETOOL_ASSIGN(auto file, File::open(path));
  return read_artifact(std::move(file));
}

std::shared_ptr<const pte::Program> Artifact::program() const {
  if (const auto* program = std::get_if<std::shared_ptr<const pte::Program>>(&content)) return *program;
  if (const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&content)) return (*bundle)->program;
  return nullptr;
}

std::shared_ptr<const ptd::DataFile> Artifact::data_file() const {
  const auto* data = std::get_if<std::shared_ptr<const ptd::DataFile>>(&content);
  return data ? *data : nullptr;
}

Result<Artifact> open_program(const std::string& path) {
  PTETOOL_ASSIGN(Artifact artifact, open_artifact(path));
  if (artifact.program()) return artifact;
  return not_a(artifact, "a program");
}

Result<std::shared_ptr<const ptd::DataFile>> open_data_file(const std::string& path) {
  PTETOOL_ASSIGN(const Artifact artifact, open_artifact(path));
  if (auto data = artifact.data_file()) return data;
  return not_a(artifact, "a data file");
}

}  // namespace ptetool
