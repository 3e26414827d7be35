// Reads are matched with writes by walking back from each read to the last write that covers it, around the end of an
// execution if need be: what a method leaves in memory, the next execution may read.
#include "runtime/storage.h"

#include <algorithm>

namespace ptetool {

namespace {

Storage storage_of(const MethodState& state, std::size_t index) {
  const auto* tensor = std::get_if<Tensor>(&state.values[index]);
  const pte::Tensor* source = state.plan->values[index].tensor();
  if (!tensor || !source || (tensor->read_only && tensor->data)) return {};
  const auto nbytes = pte::tensor_nbytes(*source).value_or(0);
  if (source->allocation_info) {
    const auto& where = *source->allocation_info;
    return {std::int64_t{where.memory_id}, where.memory_offset, where.memory_offset + nbytes};
  }
  return {-1 - static_cast<std::int64_t>(index), 0, std::max<std::uint64_t>(nbytes, 1)};
}

}  // namespace

std::optional<StorageMap> StorageMap::make(const MethodState& state) {
  StorageMap map;
  map.state_ = &state;
  for (std::size_t i = 0; i < state.values.size(); ++i) map.storages_.push_back(storage_of(state, i));
  const auto& chains = state.plan->chains;
  map.straight_ = chains.size() == 1;
  std::unordered_map<std::size_t, std::size_t> views;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    auto& accesses = map.accesses_.emplace_back();
    auto& targets = map.targets_.emplace_back();
    for (std::size_t i = 0; i < chains[c].instructions.size(); ++i) {
      const pte::Instruction& instruction = chains[c].instructions[i];
      accesses.push_back(state.chains[c][i].done ? Accesses{} : accesses_of(state, instruction, map.unsteady_));
      const Accesses& own = accesses.back();
      for (const Access& access : own.reads) map.named_[access.value].push_back({c, i});
      for (const Access& access : own.writes) map.named_[access.value].push_back({c, i});
      if (const auto* jump = std::get_if<pte::JumpFalseCall>(&instruction.content)) {
        map.straight_ = false;
        if (jump->destination_instruction >= 0) {
          targets.insert(static_cast<std::size_t>(jump->destination_instruction));
        }
      }
      if (!std::holds_alternative<pte::KernelCall>(instruction.content) &&
          !std::holds_alternative<pte::DelegateCall>(instruction.content)) {
        map.straight_ = false;
      }
      if (!own.view_of) continue;
      const auto [known, added] = views.emplace(own.view, *own.view_of);
      if (!added && known->second != *own.view_of) return std::nullopt;
      if (!std::holds_alternative<Tensor>(state.values[own.view])) return std::nullopt;
    }
  }
  // A view has the memory of what it views; of chains of views, as many as there are.
  for (std::size_t round = 0; round <= views.size(); ++round) {
    bool changed = false;
    for (const auto& [view, base] : views) {
      if (map.storages_[view] == map.storages_[base]) continue;
      map.storages_[view] = map.storages_[base];
      changed = true;
    }
    if (!changed) break;
    if (round == views.size()) return std::nullopt;
  }
  map.views_.insert(views.begin(), views.end());
  if (map.straight_) map.find_readers();
  return map;
}

// What a read sees was written by the last writes before it that overlap, back to one that covers all of it: in this
// execution, or in the one before.
void StorageMap::find_reader(std::size_t instruction, std::size_t value) {
  const auto& accesses = accesses_[0];
  const auto look = [&](std::size_t from, std::size_t to, std::size_t reader) {
    for (std::size_t j = from; j-- > to;) {
      bool covered = false;
      for (const Access& write : accesses[j].writes) {
        if (!touch(write.value, value)) continue;
        readers_[key(j, write.value)].push_back({reader});
        covered = covered || (write.whole && storages_[write.value].covers(storages_[value]));
      }
      if (covered) return true;
    }
    return false;
  };
  const std::size_t reader = instruction == accesses.size() ? Reader::kOutside : instruction;
  if (look(instruction, 0, reader)) return;
  // Inputs are given before each execution.
  for (const std::int32_t input : state_->plan->inputs) {
    if (static_cast<std::size_t>(input) == value) return;
  }
  look(accesses.size(), instruction, Reader::kOutside);
}

void StorageMap::find_readers() {
  for (std::size_t i = 0; i < accesses_[0].size(); ++i) {
    for (const Access& read : accesses_[0][i].reads) {
      if (storages_[read.value].space != 0) find_reader(i, read.value);
    }
  }
  for (const std::int32_t output : state_->plan->outputs) {
    if (std::holds_alternative<Tensor>(state_->values[static_cast<std::size_t>(output)])) {
      find_reader(accesses_[0].size(), static_cast<std::size_t>(output));
    }
  }
}

bool StorageMap::read_outside(std::size_t chain, std::size_t writer, std::size_t value, std::size_t first,
                              std::size_t last) const {
  if (straight_) {
    const auto found = readers_.find(key(writer, value));
    return found != readers_.end() && std::ranges::any_of(found->second, [&](const Reader& reader) {
             return reader.instruction < first || reader.instruction >= last;
           });
  }
  for (const std::int32_t output : state_->plan->outputs) {
    if (touch(static_cast<std::size_t>(output), value)) return true;
  }
  for (std::size_t c = 0; c < accesses_.size(); ++c) {
    for (std::size_t i = 0; i < accesses_[c].size(); ++i) {
      if (c == chain && i >= first && i < last) continue;
      if (std::ranges::any_of(accesses_[c][i].reads, [&](const Access& read) { return touch(read.value, value); })) {
        return true;
      }
    }
  }
  // A read of the stretch itself, before the write, sees what an earlier pass left.
  for (std::size_t i = first; i <= writer; ++i) {
    if (std::ranges::any_of(accesses_[chain][i].reads, [&](const Access& read) { return touch(read.value, value); })) {
      return true;
    }
  }
  return false;
}

bool StorageMap::named_outside(std::size_t value, std::size_t chain, std::size_t first, std::size_t last) const {
  for (const std::int32_t output : state_->plan->outputs) {
    if (static_cast<std::size_t>(output) == value) return true;
  }
  const auto found = named_.find(value);
  return found != named_.end() && std::ranges::any_of(found->second, [&](const auto& place) {
           return place.first != chain || place.second < first || place.second >= last;
         });
}

bool StorageMap::jump_target(std::size_t chain, std::size_t instruction) const {
  return targets_[chain].contains(instruction);
}

}  // namespace ptetool
