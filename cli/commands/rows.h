// The rows of the commands, and options that several of them take. Parser, help, manual and completions are made from
// them.
#pragma once

#include <algorithm>
#include <array>

#include "commands.h"

namespace ptetool::cli {

const CommandRow& inspect_row();
const CommandRow& verify_row();
const CommandRow& run_row();
const CommandRow& diff_row();
const CommandRow& dedupe_row();
const CommandRow& generate_row();

// One table behind the other.
template <std::size_t A, std::size_t B>
constexpr std::array<OptionRow, A + B> joined(const std::array<OptionRow, A>& a, const std::array<OptionRow, B>& b) {
  std::array<OptionRow, A + B> rows;
  std::ranges::copy(b, std::ranges::copy(a, rows.begin()).out);
  return rows;
}

inline constexpr OptionRow kDataOption = {.letter = 'd',
                                          .name = "data",
                                          .takes = Takes::File,
                                          .argument = "FILE",
                                          .help = "a data file (.ptd) that serves every program on the line",
                                          .repeatable = true};

inline constexpr OptionRow kChecksumsOption = {
    .name = "checksums", .help = "recompute the SHA-256 that names of weights promise", .negatable = true};

}  // namespace ptetool::cli
