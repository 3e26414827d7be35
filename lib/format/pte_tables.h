// The tables of one program as model structs; all offsets are taken from the start of its bytes.
#pragma once

#include "format/flatbuffer.h"
#include "program_generated.h"
#include "ptetool/format/pte.h"

namespace ptetool::pte {

class TableReader {
 public:
  explicit TableReader(ByteView bytes) : bytes_(bytes) {}

  // Are all vectors so far where their numbers can be read in place?
  bool aligned() const { return aligned_; }

  std::uint64_t at(const void* object) const { return format::offset_in(bytes_, object); }

  ExecutionPlan plan(const fb::pte::ExecutionPlan& table);
  InlineData inline_data(const flatbuffers::Vector<std::uint8_t>* vector) const;
  SubsegmentOffsets subsegment(const fb::pte::SubsegmentOffsets& table);

 private:
  Value value(const fb::pte::EValue& table);
  Instruction instruction(const fb::pte::Instruction& table) const;
  Chain chain(const fb::pte::Chain& table) const;
  BackendDelegate delegate(const fb::pte::BackendDelegate& table) const;

  ByteView bytes_;
  bool aligned_ = true;
};

}  // namespace ptetool::pte
