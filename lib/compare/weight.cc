// Collecting the weights of a side.
#include "compare/weight.h"

#include <algorithm>
#include <set>

#include "compare/graph_names.h"
#include "compare/plan_quantisation.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

constexpr std::size_t kMostUsers = 16;

class Collector {
 public:
  Collector(const Model& model, std::vector<Error>& problems) : model_(model), problems_(problems) {}

  WeightList collect(const std::string& method) {
    const pte::Program& program = *model_.program;
    for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
      const pte::ExecutionPlan& plan = program.execution_plan[p];
      if (!method.empty() && plan.name != method) continue;
      for (std::size_t v = 0; v < plan.values.size(); ++v) {
        if (const pte::Tensor* tensor = plan.values[v].tensor()) plan_value(p, v, *tensor);
      }
    }
    for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
      if (method.empty() || program.execution_plan[p].name == method) find_quantisations(program, p, list_);
    }
    bool opaque_delegates = false;
    for (const LinkedDelegate& delegate : model_.delegates) {
      const pte::ExecutionPlan& plan = program.execution_plan[delegate.plan];
      if (!method.empty() && plan.name != method) continue;
      if (delegate.graph && *delegate.graph) {
        graph(delegate, **delegate.graph);
      } else {
        opaque_delegates = true;
      }
    }
    if (method.empty()) named_data(opaque_delegates);
    return std::move(list_);
  }

 private:
  // The weight with this identity, made by `make` when it is new.
  template <class Make>
  std::size_t find_or_make(const std::string& identity, const std::string& user, Make&& make) {
    const auto [place, fresh] = known_.try_emplace(identity, list_.weights.size());
    if (fresh) list_.weights.push_back(make());
    std::vector<std::string>& users = list_.weights[place->second].users;
    if (users.size() < kMostUsers && std::ranges::find(users, user) == users.end()) users.push_back(user);
    return place->second;
  }

  void plan_value(std::size_t p, std::size_t v, const pte::Tensor& tensor) {
    if (!tensor.external() && tensor.data_buffer_idx == 0) return;
    const pte::Program& program = *model_.program;
    const std::string place = tensor.external()   ? std::string(tensor.name())
                              : tensor.constant() ? "constant " + std::to_string(tensor.data_buffer_idx)
                                                  : "initial state " + std::to_string(tensor.data_buffer_idx);
    const std::string identity = tensor.external() ? key_identity(tensor.name()) : place;
    list_.of_value[{p, v}] = find_or_make(identity, layout::value_place(program.execution_plan[p], v), [&] {
      Weight weight;
      weight.name = tensor.name();
      weight.content_key = promised_sha256(weight.name).has_value();
      weight.place = place;
      weight.meaning.dtype = tensor.scalar_type;
      weight.meaning.sizes.assign(tensor.sizes.begin(), tensor.sizes.end());
      if (!is_contiguous_order(tensor.dim_order))
        weight.meaning.dim_order.assign(tensor.dim_order.begin(), tensor.dim_order.end());
      if (tensor.external()) {
        resolve(weight, tensor.name(), false);
        return weight;
      }
      const std::uint64_t nbytes = pte::tensor_nbytes(tensor).value_or(0);
      take(weight,
           tensor.constant() ? program.constant_bytes(tensor.data_buffer_idx, nbytes)
                             : program.initial_state_bytes(tensor.data_buffer_idx, nbytes),
           program.file);
      return weight;
    });
  }

  void graph(const LinkedDelegate& delegate, const xnn::Graph& graph) {
    const pte::ExecutionPlan& plan = model_.program->execution_plan[delegate.plan];
    const std::string user = layout::delegate_place(plan, delegate.index);
    const std::vector<std::string> roles = constant_roles(graph);
    for (std::size_t v = 0; v < graph.values.size(); ++v) {
      const xnn::Value& value = graph.values[v];
      const std::uint32_t constant = value.constant_buffer_idx;
      if (constant == 0 || constant >= graph.constants.size()) continue;
      const auto& key = graph.constants[constant].named_key;
      const std::uint32_t scales = scales_constant(value.quant);
      std::string identity = key ? key_identity(*key) : blob_identity(graph, constant);
      // The same integers with other scales are other numbers.
      if (scales != 0 && scales < graph.constants.size()) {
        const auto& scale_key = graph.constants[scales].named_key;
        identity += scale_key ? key_identity(*scale_key) : blob_identity(graph, scales);
      } else if (!std::holds_alternative<xnn::NoQuant>(value.quant)) {
        identity += blob_identity(graph, constant) + " value " + std::to_string(v);
      }
      list_.of_graph_value[{&graph, static_cast<std::uint32_t>(v)}] = find_or_make(identity, user, [&] {
        Weight weight;
        weight.name = key.value_or(std::string_view());
        weight.content_key = promised_sha256(weight.name).has_value();
        weight.place = user + ", " + (roles[v].empty() ? "value " + std::to_string(value.id) : roles[v]);
        weight.meaning.datatype = value.datatype;
        weight.meaning.quant = value.quant;
        weight.meaning.sizes.assign(value.dims.begin(), value.dims.end());
        if (key) {
          resolve(weight, *key, true);
          used_keys_.insert(*key);
        } else {
          take(weight, graph.constant_bytes(constant), model_.program->file);
        }
        if (scales != 0) weight.meaning.scales = scale_bytes(graph, scales);
        return weight;
      });
    }
  }

  static std::string key_identity(std::string_view key) { return "key " + std::string(key) + " "; }
  // Graphs of one payload are one object (lib/link).
  std::string blob_identity(const xnn::Graph& graph, std::uint32_t constant) {
    const auto number = graph_numbers_.try_emplace(&graph, graph_numbers_.size()).first->second;
    return "graph " + std::to_string(number) + " constant " + std::to_string(constant) + " ";
  }

  static std::uint32_t scales_constant(const xnn::QuantParams& quant) {
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&quant)) return channel->scale_buffer_idx;
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&quant)) return group->scale_buffer_idx;
    return 0;
  }

  ByteView scale_bytes(const xnn::Graph& graph, std::uint32_t index) {
    if (index >= graph.constants.size()) return {};
    const auto& key = graph.constants[index].named_key;
    if (!key) return graph.constant_bytes(index).value_or(ByteView());
    used_keys_.insert(*key);
    const auto found = model_.find(*key);
    return found.empty() ? ByteView() : model_.entries[found.front()].bytes.value_or(ByteView());
  }

  void take(Weight& weight, Result<ByteView> bytes, const std::shared_ptr<const File>& file) {
    weight.file = file;
    if (bytes) {
      weight.bytes = *bytes;
    } else {
      problems_.push_back(std::move(bytes.error()));
    }
  }

  // Tensors look in data files only, delegates in the program as well (format-facts 5.4).
  void resolve(Weight& weight, std::string_view key, bool in_program) {
    weight.home = Weight::Home::Missing;
    for (const std::size_t index : model_.find(key)) {
      const NamedEntry& entry = model_.entries[index];
      const bool program = entry.data_file == NamedEntry::kInProgram;
      if (program && !in_program) continue;
      weight.home = program ? Weight::Home::Program : Weight::Home::DataFile;
      take(weight, entry.bytes, program ? model_.program->file : model_.data[entry.data_file]->file);
      return;
    }
  }

  // What is offered and no graph or tensor that we understand takes: of the program always, of data files only where
  // some delegate may take it, because data files serve other programs too.
  void named_data(bool with_data_files) {
    for (const NamedEntry& entry : model_.entries) {
      const bool program = entry.data_file == NamedEntry::kInProgram;
      if ((!program && !with_data_files) || used_keys_.contains(entry.key)) continue;
      if (known_.contains(key_identity(entry.key))) continue;
      find_or_make(key_identity(entry.key), program ? "named data" : "data file", [&] {
        Weight weight;
        weight.name = entry.key;
        weight.content_key = promised_sha256(entry.key).has_value();
        weight.place = "named data " + escaped(entry.key, 24);
        weight.home = program ? Weight::Home::Program : Weight::Home::DataFile;
        if (entry.layout) take_layout(weight, *entry.layout);
        take(weight, entry.bytes, program ? model_.program->file : model_.data[entry.data_file]->file);
        return weight;
      });
    }
  }

 public:
  static void take_layout(Weight& weight, const ptd::TensorLayout& layout) {
    weight.meaning.dtype = layout.scalar_type;
    weight.meaning.sizes.assign(layout.sizes.begin(), layout.sizes.end());
    if (!is_contiguous_order(layout.dim_order))
      weight.meaning.dim_order.assign(layout.dim_order.begin(), layout.dim_order.end());
  }

 private:
  const Model& model_;
  std::vector<Error>& problems_;
  WeightList list_;
  std::map<std::string, std::size_t> known_;
  std::map<const xnn::Graph*, std::size_t> graph_numbers_;
  std::set<std::string_view> used_keys_;  // of graphs: weights and scales
};

}  // namespace

WeightList weights_of(const Model& model, const std::string& method, std::vector<Error>& problems) {
  return Collector(model, problems).collect(method);
}

WeightList weights_of(const std::shared_ptr<const ptd::DataFile>& data, std::vector<Error>& problems) {
  WeightList list;
  for (const ptd::Entry& entry : data->entries) {
    Weight& weight = list.weights.emplace_back();
    weight.name = entry.key;
    weight.place = std::string(entry.key);
    weight.home = Weight::Home::DataFile;
    weight.file = data->file;
    if (entry.tensor_layout) Collector::take_layout(weight, *entry.tensor_layout);
    auto bytes = data->entry_bytes(entry);
    if (bytes) {
      weight.bytes = *bytes;
    } else {
      problems.push_back(std::move(bytes.error()));
    }
  }
  return list;
}

}  // namespace ptetool::compare
