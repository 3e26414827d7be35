// Weights: added, removed, renamed, moved, changed, and how far the changed ones are apart.
#include <algorithm>

#include "compare/diff_parts.h"
#include "compare/numbers.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

using report::Cell;

std::string home_words(const Weight& weight) {
  switch (weight.home) {
    case Weight::Home::Program: return "program";
    case Weight::Home::DataFile: return "data file";
    case Weight::Home::Missing: return "data that was not given";
  }
  return {};
}

// What is in a data file on one side may be in one on the other that was not given.
bool elsewhere(Weight::Home was, Weight::Home is) {
  const auto outside = [](Weight::Home home) { return home != Weight::Home::Program; };
  return was != is && !(outside(was) && outside(is));
}

// Equal as far as both sides tell what the bytes mean: a data file may not.
bool means_the_same(const Weight& a, const Weight& b) {
  return a.meaning.opaque() || b.meaning.opaque() || same_meaning(a.meaning, b.meaning);
}

// Integers that may stand for other numbers, which nothing here tells: only their direction means something.
bool raw_integers(const Meaning& meaning) {
  const DtypeInfo* info = meaning.dtype ? find_dtype(*meaning.dtype) : nullptr;
  return !meaning.affine && info && (info->kind == DtypeKind::Signed || info->kind == DtypeKind::Unsigned);
}

Cell number_or_absent(const std::optional<double>& number) { return number ? Cell(*number) : Cell(report::Absent{}); }

class WeightsDiff {
 public:
  WeightsDiff(Tolerance tolerance, std::vector<Error>& notes) : tolerance_(tolerance), notes_(notes) {}

  void pair(const Weight& was, const Weight& is, bool same_bytes) {
    const std::string old_name = was.label();
    const std::string new_name = is.label();
    const bool named = !was.name.empty() && !is.name.empty();
    const bool renamed = named && was.name != is.name && !(was.content_key && is.content_key);
    if (same_bytes ? !means_the_same(was, is) : was.bytes && is.bytes) {
      changed(was, is, renamed || old_name != new_name);
    } else if (!same_bytes) {
      not_compared_.push_back(old_name);
    } else {
      ++same_;
    }
    if (same_bytes && renamed) renamed_.rows.push_back({std::string(was.name), std::string(is.name), size_of(is)});
    if (elsewhere(was.home, is.home)) moved_.rows.push_back({new_name, home_words(was), home_words(is), size_of(is)});
  }

  void alone(const Weight& weight, report::Table& table) {
    table.rows.push_back({weight.label(), meaning_words(weight.meaning),
                          weight.bytes ? Cell(report::ByteCount{weight.size()}) : Cell(report::Absent{}),
                          weight.users});
  }

  // One side has a copy of its own where the other uses another weight of the same bytes.
  void copy(const Weight& weight, const Weight& stand_in, bool old_side) {
    copies_.rows.push_back(
        {weight.label(), std::string(old_side ? "merged" : "split"), stand_in.label(), size_of(weight)});
  }

  PartResult finish() {
    PartResult result{Part::Weights};
    result.differences =
        changed_.rows.size() + added.rows.size() + removed.rows.size() + renamed_.rows.size() + moved_.rows.size();
    result.count(changed_.rows.size(), "changed");
    result.count(added.rows.size(), "added");
    result.count(removed.rows.size(), "removed");
    result.count(renamed_.rows.size(), "renamed");
    result.count(moved_.rows.size(), "moved");
    const auto merged = static_cast<std::uint64_t>(
        std::ranges::count_if(copies_.rows, [](const auto& row) { return std::get<std::string>(row[1]) == "merged"; }));
    result.count(merged, "merged with another of the same bytes");
    result.count(copies_.rows.size() - merged, "split from another of the same bytes");
    result.count(within_, "equal within the tolerance");
    result.count(not_compared_.size(), "not compared");
    result.facts.push_back({"same", "", same_});
    result.facts.push_back({"within_tolerance", "", within_});
    result.facts.push_back({"not_compared", "", std::uint64_t{not_compared_.size()}});
    if (!not_compared_.empty()) {
      notes_.push_back(fail(ErrorCode::Missing, counted(not_compared_.size(), "weight") +
                                                    " could not be compared, the data is not there (" +
                                                    name_list(not_compared_) + "); give it as OLD@DATA and NEW@DATA")
                           .value());
    }
    // Beside the other errors the cosine tells little.
    changed_.columns[kCosine].detail = std::ranges::any_of(
        changed_.rows, [](const auto& row) { return !std::holds_alternative<report::Absent>(row[kMaxAbs]); });
    // No difference: copies make none.
    for (report::Table* table : {&changed_, &added, &removed, &renamed_, &moved_, &copies_})
      result.tables.push_back(std::move(*table));
    return result;
  }

  report::Table added = single_table("added");
  report::Table removed = single_table("removed");

 private:
  static report::Table single_table(std::string id) {
    return {id, id, {{"name", "name"}, {"type", "type"}, {"size", "size"}, {"users", "used by", true}}, {}, 0};
  }
  static Cell size_of(const Weight& weight) {
    return weight.bytes ? Cell(report::ByteCount{weight.size()}) : Cell(report::Absent{});
  }

  void changed(const Weight& was, const Weight& is, bool other_name) {
    const auto comparison = compare_numbers(is, was, tolerance_);
    const bool tolerant = tolerance_.rtol > 0 || tolerance_.atol > 0;
    if (tolerant && comparison && comparison->beyond == 0) {
      ++within_;
      return;
    }
    std::string old_type = meaning_words(was.meaning);
    std::string new_type = meaning_words(is.meaning);
    if (new_type == old_type) new_type.clear();
    std::vector<Cell> row = {is.label(), other_name ? was.label() : std::string(), std::move(old_type),
                             std::move(new_type)};
    if (comparison && raw_integers(was.meaning) != raw_integers(is.meaning)) {
      row.insert(row.end(),
                 {report::Absent{}, report::Absent{}, report::Absent{}, number_or_absent(comparison->errors.cosine),
                  report::Absent{}, report::Absent{}, report::Absent{}});
    } else if (comparison) {
      const ErrorStatistics& errors = comparison->errors;
      row.insert(row.end(), {errors.max_abs, errors.mean_abs, errors.max_rel, number_or_absent(errors.cosine),
                             number_or_absent(errors.snr_db), comparison->beyond,
                             errors.special == 0 ? Cell(report::Absent{}) : Cell(errors.special)});
    } else {
      row.insert(row.end(), 7, report::Absent{});
    }
    const bool turned = comparison && comparison->turned();
    row.push_back(turned ? shape_text(std::span<const std::uint8_t>(comparison->order)) : std::string());
    row.push_back(was.users);
    changed_.rows.push_back(std::move(row));
  }

  static constexpr std::size_t kMaxAbs = 4;  // columns of changed_
  static constexpr std::size_t kCosine = 7;

  Tolerance tolerance_;
  std::vector<Error>& notes_;
  std::uint64_t same_ = 0;
  std::uint64_t within_ = 0;
  std::vector<std::string> not_compared_;
  report::Table changed_{"changed",
                         "changed, and by how much",
                         {{"name", "name"},
                          {"old_name", "was"},
                          {"old_type", "type"},
                          {"new_type", "new type"},
                          {"max_abs", "max"},
                          {"mean_abs", "mean"},
                          {"max_rel", "relative"},
                          {"cosine", "cosine"},
                          {"snr_db", "SNR dB"},
                          {"beyond", "elements", true},
                          {"special", "NaN or inf"},
                          {"order", "dims turned"},
                          {"users", "used by", true}},
                         {},
                         0};
  report::Table renamed_{"renamed", "renamed", {{"old", "old"}, {"new", "new"}, {"size", "size"}}, {}, 0};
  report::Table copies_{
      "copies", "copies", {{"name", "name"}, {"change", "change"}, {"with", "with"}, {"size", "size"}}, {}, 0};
  report::Table moved_{"moved", "moved", {{"name", "name"}, {"old", "from"}, {"new", "to"}, {"size", "size"}}, {}, 0};
};

}  // namespace

PartResult weights_part(const WeightList& old_list, const WeightList& new_list, const WeightMatch& match,
                        Tolerance tolerance, std::vector<Error>& notes) {
  WeightsDiff diff(tolerance, notes);
  for (std::size_t i = 0; i < old_list.weights.size(); ++i) {
    if (const auto& place = match.of_old[i]) {
      const WeightPair& pair = match.pairs[*place];
      diff.pair(old_list.weights[i], new_list.weights[pair.new_index], pair.same_bytes);
    } else if (const auto& stand_in = match.stand_in_of_old[i]) {
      diff.copy(old_list.weights[i], new_list.weights[*stand_in], true);
    } else {
      diff.alone(old_list.weights[i], diff.removed);
    }
  }
  for (std::size_t j = 0; j < new_list.weights.size(); ++j) {
    if (match.of_new[j]) continue;
    if (const auto& stand_in = match.stand_in_of_new[j]) {
      diff.copy(new_list.weights[j], old_list.weights[*stand_in], false);
    } else {
      diff.alone(new_list.weights[j], diff.added);
    }
  }
  return diff.finish();
}

}  // namespace ptetool::compare
