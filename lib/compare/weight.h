// A weight as diff sees it: bytes with a name and a place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/meaning.h"
#include "ptetool/compare/diff.h"
#include "ptetool/link/model.h"

namespace ptetool::compare {

struct Weight {
  enum class Home { Program, DataFile, Missing };

  std::string_view name;     // what the file calls it: a parameter's name or a key; empty: nothing
  bool content_key = false;  // the name is a digest of the bytes
  std::string place;         // "constant 3", "forward delegate 0, FullyConnected 2, filter"
  Home home = Home::Program;
  std::optional<ByteView> bytes;
  std::shared_ptr<const File> file;  // that holds the bytes
  Meaning meaning;
  std::vector<std::string> users;

  // What people call it: the name, or the place where that is none or a digest.
  std::string label() const { return name.empty() || content_key ? place : std::string(name); }
  std::uint64_t size() const { return bytes ? bytes->size() : 0; }
};

// Everything that has content on one side, each once however many values use it, and which value uses which.
struct WeightList {
  std::vector<Weight> weights;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> of_value;                // (plan, value)
  std::map<std::pair<const xnn::Graph*, std::uint32_t>, std::size_t> of_graph_value;  // (graph, index in its values)
};

// Of a program (`model` not null) or of a data file. `method`: only what this one uses; empty: everything. Bytes that
// cannot be read become problems.
WeightList weights_of(const Model& model, const std::string& method, std::vector<Error>& problems);
WeightList weights_of(const std::shared_ptr<const ptd::DataFile>& data, std::vector<Error>& problems);

struct WeightPair {
  std::size_t old_index = 0;
  std::size_t new_index = 0;
  bool same_bytes = false;
};

// Which weight of one side is which of the other.
struct WeightMatch {
  std::vector<WeightPair> pairs;
  std::vector<std::optional<std::size_t>> of_old;  // position in pairs
  std::vector<std::optional<std::size_t>> of_new;

  // Of weights whose bytes occur more than once on a side: which bytes, numbered alike on both sides. Zeros for a bias
  // say little about which bias it is; how they are used says more.
  std::vector<std::optional<std::size_t>> content_of_old;
  std::vector<std::optional<std::size_t>> content_of_new;

  // Of weights in no pair, of whose bytes the other side has fewer copies: the copy that is used in their place there.
  std::vector<std::optional<std::size_t>> stand_in_of_old;
  std::vector<std::optional<std::size_t>> stand_in_of_new;

  WeightMatch(std::size_t old_count, std::size_t new_count)
      : of_old(old_count),
        of_new(new_count),
        content_of_old(old_count),
        content_of_new(new_count),
        stand_in_of_old(old_count),
        stand_in_of_new(new_count) {}
  bool add(std::size_t old_index, std::size_t new_index, bool same_bytes);
  // The two are used for each other: a pair, or, of the same bytes, the one that is in no pair has a stand-in.
  void use(std::size_t old_index, std::size_t new_index, bool same_bytes);
  bool same_content(std::size_t old_index, std::size_t new_index) const {
    return content_of_old[old_index] && content_of_old[old_index] == content_of_new[new_index];
  }
};

// By name and bytes, then by bytes that occur once on either side, then by name.
WeightMatch match_weights(const WeightList& old_list, const WeightList& new_list, const Progress& progress);
// What remains of equal bytes, the first with the first.
void match_by_content(WeightMatch& match);
// What remains: of equal sizes, and pointing the same way as vectors.
void match_by_numbers(const WeightList& old_list, const WeightList& new_list, WeightMatch& match);

}  // namespace ptetool::compare
