// Opening any file of ours: content tells the kind, the kind's reader proves the structure.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "ptetool/base/file.h"
#include "ptetool/base/result.h"
#include "ptetool/format/bundled.h"
#include "ptetool/format/etdump.h"
#include "ptetool/format/file_kind.h"
#include "ptetool/format/packed_weights.h"
#include "ptetool/format/ptd.h"
#include "ptetool/format/pte.h"
#include "ptetool/format/weight_cache.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool {

// A bundled program and the program inside it.
struct Bundle {
  bundled::BundledProgram bundle;
  std::shared_ptr<const pte::Program> program;
};

struct Artifact {
  std::shared_ptr<const File> file;
  FileKind kind = FileKind::Unknown;
  std::variant<std::shared_ptr<const pte::Program>, std::shared_ptr<const ptd::DataFile>, std::shared_ptr<const Bundle>,
               std::shared_ptr<const etdump::EtDump>, std::shared_ptr<const xnn::Graph>,
               std::shared_ptr<const weight_cache::WeightCache>, std::shared_ptr<const packed::PackedFile>>
      content;

  // The program of a PTE or of a bundled program; nullptr for other kinds.
  std::shared_ptr<const pte::Program> program() const;
  std::shared_ptr<const ptd::DataFile> data_file() const;
};

// Errors: those of File::open, of the kind's reader, and WrongKind with advice for a file that is none of ours.
Result<Artifact> open_artifact(const std::string& path);
Result<Artifact> read_artifact(std::shared_ptr<const File> file);

// Opens a file that must be a program (or a bundled one) / a data file; says what it is otherwise.
Result<Artifact> open_program(const std::string& path);
Result<std::shared_ptr<const ptd::DataFile>> open_data_file(const std::string& path);

}  // namespace ptetool
