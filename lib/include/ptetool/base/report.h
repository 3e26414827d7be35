// The model of a result, from which text and JSON are both rendered: facts, tables and nested sections, every cell
// typed.
//
// Library functions fill a Report; the renderers in cli/render know nothing of its content, so that both forms always
// say the same. Ids are JSON keys (snake_case) and part of the documented schema; labels are for people.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ptetool::report {

struct Absent {};  // JSON null; text "-"
struct ByteCount {
  std::uint64_t value = 0;
};  // JSON number; text "1.5 KiB"
struct ByteChange {
  std::int64_t value = 0;
};  // JSON number; text "+1.5 KiB", "-17 B"
struct Offset {
  std::uint64_t value = 0;
};  // JSON number; text "0x40"
struct Share {
  double value = 0;
};  // a part of 1: JSON number; text "12.5 %"
struct Milliseconds {
  double value = 0;
};  // JSON number; text "1.25 ms"

using Cell = std::variant<Absent, bool, std::int64_t, std::uint64_t, double, std::string, ByteCount, ByteChange, Offset,
                          Share, Milliseconds, std::vector<std::int64_t>, std::vector<std::string>>;

struct Fact {
  std::string id;
  std::string label;
  Cell value;
};

struct Column {
  std::string id;
  std::string label;
  bool detail = false;  // in JSON always, in text only where there is room (or with -v)
};

struct Table {
  std::string id;
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
  std::uint64_t left_off = 0;           // rows that a limit (--top) left out
};

struct Section {
  std::string id;     // JSON key inside the parent; empty for the root
  std::string title;  // heading in text; empty for none
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::vector<Section> sections;
  // A list of sections that share an id becomes a JSON array of objects instead of members.
  bool listed = false;

  void add(std::string fact_id, std::string label, Cell value) {
    facts.push_back({std::move(fact_id), std::move(label), std::move(value)});
  }
};

// A whole answer: `schema` is "ptetool/<command>/1".
struct Report {
  std::string schema;
  Section root;
};

}  // namespace ptetool::report
