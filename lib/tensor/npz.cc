// Arrays in a zip archive: the archive's reader and the array's reader, one behind the other.
#include "ptetool/tensor/npz.h"

#include <set>

#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"
#include "tensor/zip.h"

namespace ptetool {

namespace {

constexpr std::string_view kSuffix = ".npy";

}  // namespace

bool is_npz(ByteView bytes) { return zip::is_zip(bytes); }

Result<std::vector<NamedArray>> read_npz(ByteView bytes, const std::string& name, std::uint64_t max_bytes) {
  PTETOOL_ASSIGN(const auto entries, zip::read_directory(bytes, name));
  std::vector<NamedArray> arrays;
  std::set<std::string_view> names;
  for (const zip::Entry& entry : entries) {
    if (!entry.name.ends_with(kSuffix)) {
      return fail(ErrorCode::WrongKind, name, "",
                  "holds " + quoted(entry.name) + ", which is no .npy file: this zip archive is no .npz", entry.offset);
    }
    if (!names.insert(entry.name).second) {
      return fail(ErrorCode::Malformed, name, "", "holds " + quoted(entry.name) + " twice", entry.offset);
    }
    PTETOOL_ASSIGN(const Bytes content, zip::extract(entry, max_bytes, name));
    max_bytes -= content.view.size();
    NamedArray& added = arrays.emplace_back();
    added.name = entry.name.substr(0, entry.name.size() - kSuffix.size());
    PTETOOL_ASSIGN(added.array, read_npy(content.view, name + ":" + escaped(added.name)));
  }
  return arrays;
}

Result<> write_npz(const std::string& path, std::span<const NamedArray> arrays) {
  std::set<std::string_view> names;
  for (const NamedArray& named : arrays) {
    if (!names.insert(named.name).second) {
      return fail(ErrorCode::Usage, path, "", "would hold the array " + quoted(named.name) + " twice");
    }
  }
  PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(path));
  zip::Writer writer(file);
  for (const NamedArray& named : arrays) {
    PTETOOL_ASSIGN(const auto content, write_npy(named.array.tensor));
    PTETOOL_CHECK(writer.add(named.name + std::string(kSuffix), content));
  }
  PTETOOL_CHECK(writer.finish());
  return file.commit();
}

}  // namespace ptetool
