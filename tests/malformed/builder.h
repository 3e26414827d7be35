// Builds binary files from the readable descriptions in *.fixture, so that a broken file shows what is broken about it.
//
// A fixture is a list of directives, one a line; indented lines belong to the directive above them; '#' begins a
// comment.
//
//   include PATH               takes the directives of another fixture first (relative to this folder)
//   file NAME                  begins a file, or goes back to one: the directives below are about it
//   pte: / pte02: / ptd: / ptd06: / bpte:   its flatbuffer as JSON in the indented lines
//   raw CONTENT                the file is just these bytes
//   packed CONTENT             a file of the packed cache with these weights
//   segment CONTENT            appends a segment; the segment table and the header follow from the segments
//   align N                    segments begin at multiples of N (16)
//   set PATH = JSON            changes the JSON, behind everything that is filled in by itself
//   remove PATH                takes a member or an item out of the JSON
//   header FIELD = N           changes a field of the extended header; "header none" leaves it out, "header yes" forces
//                              it; "header inserted = N" takes N bytes for it (32, in data files 48)
//   poke OFFSET TYPE NUMBER    changes bytes at the end: u8, u16, u32, u64; an OFFSET "+N" counts from the segment base
//   append CONTENT             appends bytes behind everything
//   truncate N                 cuts the file
//   data                       the file is given with --data instead of as an argument
//   blob NAME:                 an XNNPACK graph as JSON; "@NAME" names its bytes in CONTENT and in JSON
//   blob NAME constants CONTENT    its constant region; further ones are appended at multiples of 16
//   blob NAME set …            as of files; also remove, header, poke, append, truncate
//   options WORD…              strict, checksums=on|off|auto, budget=N
//   expect:                    the findings in the indented lines, exactly
//
// CONTENT is a list of: f32 N…, i64 N…, i32 N…, u16 N…, u8 N…, hex H…, zeros N, text WORD, @NAME (blob or file).
// In JSON, the text "@NAME" stands for the bytes of a blob or file, and "sha256(CONTENT)" for their digest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ptetool/base/result.h"

namespace ptetool::malformed {

using Buffer = std::vector<std::uint8_t>;

struct BuiltFile {
  std::string name;
  bool data = false;
  Buffer bytes;
};

struct Fixture {
  std::vector<BuiltFile> files;
  std::vector<std::string> options;
  std::vector<std::string> expected;
};

// `folder` is where the fixtures lie, `schemas` where the .fbs files lie.
Result<Fixture> build_fixture(const std::string& folder, const std::string& name, const std::string& schemas);

}  // namespace ptetool::malformed
