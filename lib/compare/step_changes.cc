// A row for each change: what was done to which step, and, where it stands alone, behind which other one it stands and
// who takes its result.
#include "compare/step_changes.h"

namespace ptetool::compare {

namespace {

using report::Cell;

Cell index_cell(const std::optional<std::size_t>& index) {
  return index ? Cell(std::uint64_t{*index}) : Cell(report::Absent{});
}

std::string step_name(const Steps& steps, std::size_t index) {
  return steps[index].name + " (" + std::to_string(index) + ")";
}

std::string standing(const Steps& steps, std::size_t index) {
  return index == 0 ? "at the start" : "after " + step_name(steps, index - 1);
}

std::string context(const Steps& steps, std::size_t index, const std::vector<std::size_t>& users) {
  std::string text = standing(steps, index);
  if (!users.empty()) text += ", feeds " + step_name(steps, users.front());
  if (users.size() > 1) text += " and " + std::to_string(users.size() - 1) + " more";
  return text;
}

}  // namespace

StepChanges::StepChanges(std::string id, std::string title, std::string_view place)
    : table_{std::move(id),
             std::move(title),
             {{"place", std::string(place)},
              {"change", "change"},
              {"old_index", "old #"},
              {"new_index", "new #"},
              {"what", "what"},
              {"details", "details"},
              {"context", "where"}},
             {},
             0} {}

void StepChanges::add(const std::string& place, const Steps& old_steps, const Steps& new_steps, const StepPairs& pairs,
                      const WeightMatch& match) {
  for (const StepChange& change : compare_steps(old_steps, new_steps, pairs, match)) {
    switch (change.kind) {
      case StepChange::Kind::Inserted: ++inserted_; break;
      case StepChange::Kind::Removed: ++removed_; break;
      case StepChange::Kind::Moved: ++moved_; break;
      case StepChange::Kind::Changed: ++changed_; break;
      case StepChange::Kind::Rewired: ++rewired_; break;
    }
    const bool removed = change.kind == StepChange::Kind::Removed;
    const Steps& steps = removed ? old_steps : new_steps;
    const std::size_t index = removed ? *change.old_index : *change.new_index;
    const bool moved = change.kind == StepChange::Kind::Moved;
    const bool alone = change.details.empty() || moved;
    std::string details = change.details.empty() ? argument_list(steps[index]) : details_text(change);
    std::string where = alone ? context(steps, index, change.users) : std::string();
    if (moved) where += "; was " + standing(old_steps, *change.old_index);
    table_.rows.push_back({place, std::string(change_name(change.kind)), index_cell(change.old_index),
                           index_cell(change.new_index), steps[index].name, std::move(details), std::move(where)});
  }
}

void StepChanges::finish(PartResult& result, std::string_view noun) {
  const auto count = [&](std::uint64_t number, std::string_view verb) {
    result.differences += number;
    result.count(number, std::string(noun) + (number == 1 ? " " : "s ") + std::string(verb));
  };
  count(inserted_, "inserted");
  count(removed_, "removed");
  count(moved_, "moved");
  count(changed_, "changed");
  count(rewired_, "rewired");
  result.tables.push_back(std::move(table_));
}

}  // namespace ptetool::compare
