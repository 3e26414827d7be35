// The catalogue as a whole: every family in a row.
#include "verify/catalogue.h"

#include <algorithm>

#include "verify/xnn_graph.h"

namespace ptetool::verify {

const std::vector<const Rule*>& all_rules() {
  static const std::vector<const Rule*> all = [] {
    std::vector<const Rule*> rules;
    for (const auto family :
         {pkw_rules(),         hdr_rules(),       hdr_data_rules(),  fbs_rules(),          seg_rules(),
          seg_use_rules(),     val_rules(),       val_shape_rules(), val_list_rules(),     mem_rules(),
          mem_content_rules(), ops_rules(),       ins_rules(),       ins_call_rules(),     ins_flow_rules(),
          dlg_rules(),         xnn_value_rules(), xnn_quant_rules(), xnn_constant_rules(), xnn_node_rules(),
          xnn_move_rules(),    xnn_kind_rules(),  xnn_call_rules(),  xnn_type_rules(),     ndm_rules(),
          ndm_entry_rules(),   set_rules(),       set_data_rules(),  sum_rules(),          bnd_rules()}) {
      for (const Rule& rule : family) rules.push_back(&rule);
    }
    return rules;
  }();
  return all;
}

std::vector<const Row*> catalogue() {
  std::vector<const Row*> rows;
  for (const Rule* rule : all_rules()) rows.push_back(&rule->row);
  std::ranges::sort(rows, {}, [](const Row* row) { return row->id; });
  return rows;
}

const Row* find_rule(std::string_view id) {
  for (const Rule* rule : all_rules()) {
    if (rule->row.id == id) return &rule->row;
  }
  return nullptr;
}

}  // namespace ptetool::verify
