// One program and the data files that serve it, put together: every name that the program needs, every place that
// offers it, and whether the two agree (format-facts 5.4, 9).
//
// Linking states facts and judges nothing: verify turns them into findings, the loader into errors, inspect into
// counts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/format/ptd.h"
#include "ptetool/format/pte.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool {

// A place that offers a key: an entry of a data file, or of the program's own named data.
struct NamedEntry {
  static constexpr std::size_t kInProgram = static_cast<std::size_t>(-1);

  std::string_view key;
  std::size_t data_file = kInProgram;  // index into Model::data, or kInProgram
  std::size_t index = 0;               // of the entry in its file
  std::optional<ptd::TensorLayout> layout;
  Result<ByteView> bytes;    // the error when the entry points outside its file
  std::uint64_t offset = 0;  // of the entry's table in its file
  bool used = false;         // some need resolves to it, or to another entry of the same key
};

// Something that the program needs by name.
struct Need {
  enum class Kind {
    ExternalConstant,  // a tensor without memory of its own: the bytes are used in place
    ExternalState,     // a planned tensor whose initial content comes from a data file
    DelegateConstant,  // a constant of an XNNPACK graph (or its scales)
  };
  Kind kind{};
  std::string_view key;
  std::size_t plan = 0;
  std::size_t index = 0;                // of the value, or of the delegate
  std::size_t constant = 0;             // DelegateConstant: index into the graph's constants
  const pte::Tensor* tensor = nullptr;  // the two tensor kinds
  std::uint64_t min_bytes = 0;          // DelegateConstant: what its users read; 0 when that is unknown
  // Index into Model::entries of the place it resolves to; nullopt: in none of them. Tensors look in data files only,
  // delegates in data files and then in the program (format-facts 5.4); the first file given wins.
  std::optional<std::size_t> entry;
};

// How an entry's layout disagrees with the tensor that needs it.
enum class LayoutAgreement { Same, Opaque, OtherDtype, OtherSizes, OtherDimOrder, OtherBytes };

// A delegate of some method: its payload, and the graph where it is XNNPACK's.
struct LinkedDelegate {
  std::size_t plan = 0;
  std::size_t index = 0;
  Result<ByteView> payload;
  std::shared_ptr<const Result<xnn::Graph>> graph;  // null but for XnnpackBackend delegates with a payload
};

// Borrows nothing beyond the shared files; movable, not copyable; immutable after linking, so thread-safe to read.
struct Model {
  std::shared_ptr<const pte::Program> program;
  std::vector<std::shared_ptr<const ptd::DataFile>> data;  // in the order given
  std::vector<NamedEntry> entries;                         // data files in order, then the program's named data
  std::vector<Need> needs;                                 // plan by plan: values, then delegates
  std::vector<LinkedDelegate> delegates;                   // plan by plan, in table order
  // All entries of a key, best first.
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_key;

  // Entries of a key, best first; empty if no file offers it.
  std::span<const std::size_t> find(std::string_view key) const;
  const LinkedDelegate* find_delegate(std::size_t plan, std::size_t index) const;
  // The file that holds an entry.
  const File& file_of(const NamedEntry& entry) const;
  // "execution_plan[0].values[3]" or "execution_plan[0].delegates[1].constant_data[4]".
  std::string path_of(const Need& need) const;
};

Model link(std::shared_ptr<const pte::Program> program, std::vector<std::shared_ptr<const ptd::DataFile>> data);

// Do the entry's dtype, sizes, dim order (and, for opaque entries of tensors, byte count) fit the tensor?
LayoutAgreement compare_layout(const pte::Tensor& tensor, const NamedEntry& entry);

// Are the bytes of two entries the same? False when either cannot be read.
bool same_bytes(const NamedEntry& a, const NamedEntry& b);

// The SHA-256 that a key promises of its bytes: "<64 hex>", "scale_<64 hex>", or the "<name>_<64 hex>" of v1.1 and
// v1.2; nullopt for keys that are names.
std::optional<std::string_view> promised_sha256(std::string_view key);

// A data file beside the program that offers keys which the model misses.
struct NearbyData {
  std::string path;
  std::size_t provides = 0;  // how many of the missing keys
};
// Looks through the folder of `program_path` (at most 512 files, tables only) and lists the data files that offer
// missing keys, best first. Unreadable files are passed over.
std::vector<NearbyData> nearby_data(const Model& model, const std::string& program_path);

// The keys that the model needs and none of its files offers, each once, in order of first use.
std::vector<std::string_view> missing_keys(const Model& model);

}  // namespace ptetool
