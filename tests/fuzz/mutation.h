// Damage that is drawn from a seed: what a search without a guide does to a file. The same seed does the same.
//
// Half of the changes are to aligned words, since offsets, sizes and counts of flatbuffers are those; their new values
// are the ones at which arithmetic and checks turn, words from elsewhere in the file, or neighbours of the old value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

namespace ptetool {

class Mutation {
 public:
  explicit Mutation(std::uint64_t seed) : random_(seed) {}

  // One to eight changes, one being the most frequent.
  std::vector<std::uint8_t> of(std::span<const std::uint8_t> intact) {
    std::vector<std::uint8_t> bytes(intact.begin(), intact.end());
    do change(bytes);
    while (below(3) == 0);
    return bytes;
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(random_() % end); }

  void change(std::vector<std::uint8_t>& bytes) {
    if (bytes.size() < 8) {
      bytes.resize(bytes.size() + 1 + below(8), static_cast<std::uint8_t>(below(256)));
      return;
    }
    switch (below(12)) {
      case 0: bytes[below(bytes.size())] = static_cast<std::uint8_t>(below(256)); break;
      case 1: bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1u << below(8)); break;
      case 2: bytes.resize(below(bytes.size())); break;
      case 3: move_part(bytes); break;
      case 4: insert_part(bytes); break;
      case 5: erase_part(bytes); break;
      case 6: put<std::uint64_t>(bytes, 8); break;
      case 7: put<std::uint16_t>(bytes, 2); break;
      default: put<std::uint32_t>(bytes, 4);
    }
  }

  template <class Word>
  void put(std::vector<std::uint8_t>& bytes, std::size_t alignment) {
    const auto place = [&] { return bytes.data() + below((bytes.size() - sizeof(Word)) / alignment + 1) * alignment; };
    std::uint8_t* const at = place();
    Word value = 0;
    std::memcpy(&value, at, sizeof value);
    constexpr std::array<std::uint64_t, 24> kTurning = {
        0,      1,      2,          3,          4,          5,          7,          8,
        16,     17,     32,         64,         127,        128,        255,        256,
        0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 1ull << 62, ~std::uint64_t{0}};
    switch (below(4)) {
      case 0: value = static_cast<Word>(value + below(9) - 4); break;
      case 1: std::memcpy(&value, place(), sizeof value); break;
      case 2: value = static_cast<Word>(value * (2 + below(3))); break;
      default: value = static_cast<Word>(kTurning[below(kTurning.size())]);
    }
    std::memcpy(at, &value, sizeof value);
  }

  struct Part {
    std::size_t at;
    std::size_t size;
  };
  Part part(const std::vector<std::uint8_t>& bytes) {
    const std::size_t at = below(bytes.size());
    return {at, 1 + below(std::min<std::size_t>(bytes.size() - at, 64))};
  }

  void move_part(std::vector<std::uint8_t>& bytes) {
    const auto [at, size] = part(bytes);
    std::memmove(bytes.data() + below(bytes.size() - size + 1), bytes.data() + at, size);
  }
  void insert_part(std::vector<std::uint8_t>& bytes) {
    const auto [at, size] = part(bytes);
    const std::vector<std::uint8_t> copy(bytes.data() + at, bytes.data() + at + size);
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), copy.begin(), copy.end());
  }
  void erase_part(std::vector<std::uint8_t>& bytes) {
    const auto [at, size] = part(bytes);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
  }

  std::mt19937_64 random_;
};

}  // namespace ptetool
