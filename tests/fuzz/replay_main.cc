// Runs a fuzz target over files where there is no libFuzzer: it replays a corpus, or damages one file in every place.
//
//   <name>_fuzzer FILE|DIR…               each file once, folders recursively
//   <name>_fuzzer --each-truncation FILE  every prefix of the file, the empty one and the whole included
//   <name>_fuzzer --each-bitflip FILE     every byte in turn, xor 0xff, 0x01 and 0x80
//   <name>_fuzzer --mutate SEED COUNT FILE|DIR…   COUNT random changes of each file, the same for the same seed; the
//                                         input that is being run is in the file named by PTETOOL_FUZZ_INPUT, if any
//
// Exit status 0: every input was run; 2: wrong usage or an unreadable file. A finding ends the process by itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fuzz/mutation.h"
#include "ptetool/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

std::optional<Bytes> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::nullopt;
  return bytes;
}

// A block of exactly this size, so that a sanitizer sees the first byte read past the end.
void run(std::span<const std::uint8_t> bytes) {
  const auto block = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block.get());
  LLVMFuzzerTestOneInput(block.get(), bytes.size());
}

std::size_t run_file(const Bytes& bytes) {
  run(bytes);
  return 1;
}

std::size_t run_truncations(const Bytes& bytes) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) run(std::span(bytes).first(size));
  return bytes.size() + 1;
}

std::size_t run_bitflips(Bytes bytes) {
  constexpr std::uint8_t kMasks[] = {0xff, 0x01, 0x80};
  for (std::uint8_t& byte : bytes) {
    const std::uint8_t original = byte;
    for (const std::uint8_t mask : kMasks) {
      byte = static_cast<std::uint8_t>(original ^ mask);
      run(bytes);
    }
    byte = original;
  }
  return bytes.size() * std::size(kMasks);
}

// Where a find is looked for after the process has ended.
void keep(const Bytes& bytes) {
  const char* const path = std::getenv("PTETOOL_FUZZ_INPUT");
  if (!path) return;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << ptetool::as_text(bytes);
}

std::size_t run_mutations(const Bytes& bytes, std::uint64_t seed, std::uint64_t count) {
  ptetool::Mutation mutation(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Bytes damaged = mutation.of(bytes);
    keep(damaged);
    run(damaged);
  }
  return count;
}

// The files behind one argument, in an order that does not depend on the file system.
std::optional<std::vector<fs::path>> files_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error)) files.push_back(entry->path());
  }
  if (error) return std::nullopt;
  std::sort(files.begin(), files.end());
  return files;
}

int usage() {
  std::fputs(
      "usage: <fuzzer> FILE|DIR... | --each-truncation FILE | --each-bitflip FILE | --mutate SEED COUNT FILE|DIR...\n",
      stderr);
  return 2;
}

int unreadable(const fs::path& path) {
  std::fprintf(stderr, "error: %s: cannot be read\n", path.string().c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::span<char*> arguments(argv + 1, static_cast<std::size_t>(std::max(argc - 1, 0)));
  if (arguments.empty()) return usage();

  enum class Mode { kFile, kTruncations, kBitflips, kMutations };
  std::uint64_t seed = 0;
  std::uint64_t count = 0;
  Mode mode = Mode::kFile;
  if (std::string_view(arguments[0]).starts_with("--")) {
    const std::string_view option = arguments[0];
    if (option == "--each-truncation") {
      mode = Mode::kTruncations;
    } else if (option == "--each-bitflip") {
      mode = Mode::kBitflips;
    } else if (option == "--mutate" && arguments.size() > 3) {
      mode = Mode::kMutations;
      seed = std::strtoull(arguments[1], nullptr, 10);
      count = std::strtoull(arguments[2], nullptr, 10);
      arguments = arguments.subspan(2);
    } else {
      return usage();
    }
    arguments = arguments.subspan(1);
    if (mode != Mode::kMutations && arguments.size() != 1) return usage();
  }

  std::size_t runs = 0;
  for (const char* argument : arguments) {
    const auto files = files_of(argument);
    if (!files) return unreadable(argument);
    for (const fs::path& file : *files) {
      const auto bytes = read_file(file);
      if (!bytes) return unreadable(file);
      switch (mode) {
        case Mode::kFile: runs += run_file(*bytes); break;
        case Mode::kTruncations: runs += run_truncations(*bytes); break;
        case Mode::kBitflips: runs += run_bitflips(*bytes); break;
        case Mode::kMutations: runs += run_mutations(*bytes, seed, count); break;
      }
    }
  }
  std::printf("%zu inputs\n", runs);
  return 0;
}
