// The parts of a difference: each is found by a function of its own and becomes one section of the report.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compare/steps.h"
#include "compare/weight.h"
#include "ptetool/compare/diff.h"
#include "ptetool/link/model.h"

namespace ptetool::compare {

// One part: how many differences, in words, and the tables that tell them.
struct PartResult {
  Part part{};
  std::uint64_t differences = 0;  // what makes the two sides unequal
  std::uint64_t breaking = 0;     // of them: what users of the old files trip over
  std::string summary = {};       // "2 inserted, 1 removed"; empty: the same
  std::vector<report::Fact> facts = {};
  std::vector<report::Table> tables = {};

  // Adds "2 inserted" to the summary, unless the count is 0.
  void count(std::uint64_t number, std::string_view words);
};

// A program with its data, and what was found in it.
struct ProgramSide {
  Model model;
  WeightList weights;

  const pte::ExecutionPlan& plan(std::size_t index) const { return model.program->execution_plan[index]; }
};

struct MethodPair {
  std::size_t old_plan = 0;
  std::size_t new_plan = 0;
};
struct DelegatePair {
  std::size_t old_index = 0;
  std::size_t new_index = 0;
};

// One method on both sides, aligned.
struct AlignedMethod {
  MethodPair plans;
  Steps old_steps;
  Steps new_steps;
  StepPairs pairs;
  std::vector<DelegatePair> delegates;
  std::vector<std::size_t> only_old_delegates;
  std::vector<std::size_t> only_new_delegates;
  struct GraphPair {
    std::size_t delegate = 0;  // position in `delegates`
    Steps old_steps;
    Steps new_steps;
    StepPairs pairs;
  };
  std::vector<GraphPair> graphs;  // of delegates that are XNNPACK's on both sides
};

struct Methods {
  std::vector<MethodPair> pairs;
  std::vector<std::size_t> only_old;
  std::vector<std::size_t> only_new;
};
// Methods of the same name; where one remains on either side, the two.
Methods pair_methods(const ProgramSide& old_side, const ProgramSide& new_side, const std::string& method);
// Aligns every pair, and matches weights by their use as it goes.
std::vector<AlignedMethod> align_methods(const ProgramSide& old_side, const ProgramSide& new_side,
                                         const Methods& methods, WeightMatch& match);

// What all parts may look at.
struct Programs {
  const ProgramSide& old_side;
  const ProgramSide& new_side;
  const Methods& methods;
  const std::vector<AlignedMethod>& aligned;
  const WeightMatch& match;
};

// Those that differ, of methods and of delegates.
std::vector<AlignedGraph> aligned_graphs(const Programs& programs, bool methods, bool delegates);

PartResult interface_part(const Programs& programs);
PartResult operators_part(const Programs& programs);
PartResult graph_part(const Programs& programs);
PartResult delegates_part(const Programs& programs);
PartResult memory_part(const Programs& programs);
PartResult metadata_part(const Programs& programs);
PartResult program_cosmetics(const Programs& programs, const Side& old_side, const Side& new_side);
PartResult tests_part(const Side& old_side, const Side& new_side);

// Of two data files: names and layouts that programs rely on.
PartResult data_interface_part(const WeightList& old_list, const WeightList& new_list, const WeightMatch& match);
PartResult data_cosmetics(const ptd::DataFile& old_file, const ptd::DataFile& new_file);

PartResult weights_part(const WeightList& old_list, const WeightList& new_list, const WeightMatch& match,
                        Tolerance tolerance, std::vector<Error>& notes);
PartResult sizes_part(const Side& old_side, const Side& new_side);

}  // namespace ptetool::compare
