// Where weights are kept in a set of files, and who uses them: the facts that a plan decides over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptetool/dedupe/dedupe.h"

namespace ptetool::dedupe {

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// One stored weight.
struct Place {
  enum class Kind : std::uint8_t {
    Constant,  // of a program: constant segment or constant_buffer
    Named,     // named data of a program
    Entry,     // of a data file
    Payload,   // of a delegate: never moves, but may be shared inside its program
    State,     // initial state inside a program
    Inside,    // of the payload of an XNNPACK delegate: may leave it for named data or a data file
  };
  Kind kind{};
  std::size_t file = 0;   // index into Set::programs, or for entries into Set::data
  std::size_t index = 0;  // data_buffer_idx, or of the entry, or (Payload, Inside) of the delegate in Model::delegates
  ByteView bytes;
  std::string_view key;
  std::optional<ptd::TensorLayout> layout;  // entries of data files
  std::size_t content = kNone;
  bool pinned = false;     // must stay where it is
  bool tensors = false;    // a tensor uses it
  bool delegates = false;  // a constant of an XNNPACK graph uses it

  bool needed() const { return tensors || delegates; }
};

// Bytes that are equal wherever they are kept.
struct Content {
  ByteView bytes;
  std::vector<std::size_t> places;
};

struct TensorUse {
  std::size_t plan = 0;
  std::size_t value = 0;
  std::size_t place = 0;
};
struct DelegateUse {
  std::size_t delegate = 0;  // index into Model::delegates
  std::size_t constant = 0;
  std::size_t place = 0;
};
struct ProgramUses {
  std::vector<TensorUse> tensors;
  std::vector<DelegateUse> delegates;
  std::vector<std::size_t> named;     // places of the program's named data, in order
  std::vector<std::size_t> payloads;  // places of Model::delegates, in order
  bool opaque = false;                // has a delegate that nobody here can look into, or can only be copied
};

struct Weights {
  std::vector<Place> places;
  std::vector<Content> contents;
  std::vector<ProgramUses> programs;
  std::vector<std::vector<std::size_t>> entries;  // places per data file, in order
  std::vector<bool> keep_keys;                    // per data file: an opaque delegate may look for its names
};

Result<Weights> collect(const Set& set, const ThreadPool* threads);

// A text that is equal for equal layouts.
std::string layout_id(const ptd::TensorLayout& layout);
// Empty for none.
std::string layout_id(const std::optional<ptd::TensorLayout>& layout);

}  // namespace ptetool::dedupe
