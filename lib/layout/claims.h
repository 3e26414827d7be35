// Who claims which bytes of a file, laid out without overlap: first come, first served; what is left free at the end
// are the gaps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "ptetool/layout/byte_map.h"

namespace ptetool::layout {

class Claims {
 public:
  explicit Claims(std::uint64_t file_size) {
    map_.file_size = file_size;
    if (file_size != 0) free_.emplace(0, file_size);
  }

  void claim(Range range);
  // Bytes up to here belong to the file even where nothing claims them.
  void expect(std::uint64_t end) { expected_end_ = std::max(expected_end_, end); }

  ByteMap finish();

 private:
  void note(const Range& range, std::string_view what);

  ByteMap map_;
  std::uint64_t expected_end_ = 0;
  std::map<std::uint64_t, std::uint64_t> free_;  // start -> end
};

void add_user(Range& range, std::string user);
// Where a view lies in its file; the file's size where it does not.
std::uint64_t offset_in(const File& file, ByteView part);

// All claims of one program that begins at `shift` of the file.
void claim_program(const pte::Program& program, std::uint64_t shift, Claims& claims);
void claim_bundle(const Bundle& bundle, Claims& claims);
void claim_data_file(const ptd::DataFile& data, Claims& claims);
void claim_graph(const xnn::Graph& graph, std::uint64_t file_size, Claims& claims);
void claim_weight_cache(const weight_cache::WeightCache& cache, Claims& claims);

}  // namespace ptetool::layout
