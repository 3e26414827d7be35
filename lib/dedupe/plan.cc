// From a set of open files to a plan: facts, decisions, images, and the account of what is won.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "dedupe/draft.h"
#include "dedupe/output_names.h"
#include "ptetool/base/text.h"
#include "ptetool/dedupe/dedupe.h"
#include "ptetool/format/bundled_write.h"

namespace ptetool::dedupe {

namespace {

bool of_file(const Place& place, bool data, std::size_t file) {
  return (place.kind == Place::Kind::Entry) == data && place.file == file;
}

// A file that stays as it is stores what it stored.
void count_stored(Draft& draft, bool data, std::size_t file) {
  std::set<const std::uint8_t*> seen;
  for (const Place& place : draft.weights.places) {
    if (of_file(place, data, file) && !place.bytes.empty() && seen.insert(place.bytes.data()).second) {
      ++draft.stored[place.content];
    }
  }
}

std::string place_name(const Set& set, const Place& place) {
  if (!place.key.empty()) return std::string(place.key);
  const Model& model = *set.programs[place.file].model;
  if (place.kind == Place::Kind::Payload) {
    const LinkedDelegate& delegate = model.delegates[place.index];
    const auto& plan = model.program->execution_plan[delegate.plan];
    return "payload of " + std::string(plan.delegates[delegate.index].id) + " in " + std::string(plan.name);
  }
  if (place.kind == Place::Kind::Inside) return "constant inside a payload";
  return (place.kind == Place::Kind::State ? "initial state " : "constant ") + std::to_string(place.index);
}

std::vector<Weight> list_weights(const Set& set, const OutputNames& names, const Draft& draft) {
  const Weights& weights = draft.weights;
  std::vector<std::set<std::size_t>> users(weights.contents.size());
  for (std::size_t p = 0; p < weights.programs.size(); ++p) {
    const ProgramUses& uses = weights.programs[p];
    for (const TensorUse& use : uses.tensors) users[weights.places[use.place].content].insert(p);
    for (const DelegateUse& use : uses.delegates) users[weights.places[use.place].content].insert(p);
    for (const std::size_t place : uses.payloads) users[weights.places[place].content].insert(p);
    for (const std::size_t place : uses.named) users[weights.places[place].content].insert(p);
  }
  std::vector<Weight> list;
  for (std::size_t c = 0; c < weights.contents.size(); ++c) {
    const Content& content = weights.contents[c];
    if (content.bytes.empty()) continue;
    std::set<const std::uint8_t*> copies;
    for (const std::size_t place : content.places) copies.insert(weights.places[place].bytes.data());
    const std::size_t target = draft.decisions.moves_to[c];
    if (copies.size() < 2 && target == kNone) continue;
    Weight weight;
    weight.name = place_name(set, weights.places[content.places.front()]);
    weight.bytes = content.bytes.size();
    weight.copies = copies.size();
    const auto stored = draft.stored.find(c);
    weight.copies_after = stored == draft.stored.end() ? 0 : stored->second;
    for (const std::size_t p : users[c]) weight.users.push_back(names.programs[p]);
    if (target != kNone) weight.goes_to = draft.decisions.data[target].name;
    list.push_back(std::move(weight));
  }
  const auto gain = [](const Weight& each) {
    return (each.copies - std::min(each.copies, each.copies_after)) * each.bytes;
  };
  std::ranges::stable_sort(list, std::ranges::greater{}, gain);
  return list;
}

// What users should know of a program that was not written, or not for the runtime that it was exported for.
void note(const Set::Member& member, const ProgramUses& uses, const ProgramDecision& decision, const Weights& weights,
          std::vector<Error>& notes) {
  const auto add = [&](const std::string& message) {
    notes.push_back(fail(ErrorCode::Unsupported, member.path, "", message).value());
  };
  if (member.fixed) add("is copied as it is: " + member.fixed->message);
  std::size_t out = 0;
  for (std::size_t u = 0; u < uses.delegates.size(); ++u) {
    const bool inside = weights.places[uses.delegates[u].place].kind == Place::Kind::Inside;
    if (inside && !decision.delegates[u].key.empty()) ++out;
  }
  if (out == 0) return;
  add("needs ExecuTorch v0.6 or later then: " + counted(out, "constant") + (out == 1 ? " leaves" : " leave") +
      " its XNNPACK payloads, where exporters before v0.6 kept them");
}

}  // namespace

bool Plan::wins() const { return bytes_after < bytes_before || names_merged != 0; }

bool Plan::changes() const { return !std::ranges::all_of(outputs, &Output::unchanged); }

Result<Plan> make_plan(const Set& set, const Options& options) {
  PTETOOL_ASSIGN(const OutputNames names, output_names(set, options));
  const auto draft = std::make_shared<Draft>();
  PTETOOL_ASSIGN(draft->weights, collect(set, options.threads));
  PTETOOL_ASSIGN(draft->decisions, decide(set, draft->weights, names, options));
  Plan plan;
  plan.names_changed = draft->decisions.names_changed;
  plan.names_merged = draft->decisions.names_merged;
  std::map<std::size_t, std::size_t> output_of;  // of data files
  const auto add = [&](Output output, format::FileImage image) {
    output.bytes = image.size;
    plan.bytes_after += image.size;
    plan.outputs.push_back(std::move(output));
    draft->images.push_back(std::move(image));
  };
  for (const auto& data : set.data) plan.bytes_before += data->file->size();
  for (std::size_t i = 0; i < draft->decisions.data.size() && !options.inline_data; ++i) {
    const DataOutput& data = draft->decisions.data[i];
    if (data.entries.empty() && data.changed) continue;
    output_of[i] = plan.outputs.size();
    Output output{data.name, {}, !data.changed, 0};
    if (data.source != kNone) output.from = {set.data[data.source]->file->name()};
    if (data.changed) {
      PTETOOL_ASSIGN(auto image, build_data(set, *draft, data));
      add(std::move(output), std::move(image));
    } else {
      count_stored(*draft, true, data.source);
      add(std::move(output), copy_of(*set.data[data.source]->file));
    }
  }
  for (std::size_t p = 0; p < set.programs.size(); ++p) {
    const Set::Member& member = set.programs[p];
    plan.bytes_before += member.file->size();
    note(member, draft->weights.programs[p], draft->decisions.programs[p], draft->weights, plan.notes);
    PTETOOL_ASSIGN(auto image, build_program(set, *draft, p, options));
    if (!image) count_stored(*draft, false, p);
    if (image && member.bundle) {
      PTETOOL_ASSIGN(*image, bundled::make_bundle(member.bundle->bundle, std::move(*image)));
    }
    ProgramOutput program{names.programs[p], member.path, {}};
    std::vector<std::size_t>& data = draft->program_data.emplace_back();
    for (const std::size_t index : draft->decisions.programs[p].data) {
      data.push_back(output_of.at(index));
      program.data.push_back(draft->decisions.data[index].name);
    }
    draft->program_outputs.push_back(plan.outputs.size());
    const bool unchanged = !image;
    add({program.name, {member.path}, unchanged, 0}, image ? std::move(*image) : copy_of(*member.file));
    plan.programs.push_back(std::move(program));
  }
  plan.weights = list_weights(set, names, *draft);
  plan.draft = draft;
  return plan;
}

std::string manifest_json(const Plan& plan) {
  nlohmann::ordered_json json;
  json["schema"] = "ptetool/manifest/1";
  json["programs"] = nlohmann::ordered_json::array();
  std::map<std::string, std::uint64_t> sizes;
  for (const Output& output : plan.outputs) sizes[output.name] = output.bytes;
  for (const ProgramOutput& program : plan.programs) {
    json["programs"].push_back({{"file", program.name}, {"bytes", sizes[program.name]}, {"data", program.data}});
    sizes.erase(program.name);
  }
  json["data"] = nlohmann::ordered_json::array();
  for (const auto& [name, bytes] : sizes) {
    json["data"].push_back({{"file", name}, {"bytes", bytes}});
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace ptetool::dedupe
