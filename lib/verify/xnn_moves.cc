// XNN: what nodes that only move elements demand of their lists (format-facts 3.2).
#include <algorithm>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::NodeKind;

void transposes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticTranspose) return;
    const auto perm = node.list("perm");
    const bool counted_right = perm.size() == node.number("num_dims") && perm.size() <= xnn::kMaxDims;
    std::uint32_t seen = 0;
    if (counted_right) {
      for (const std::uint32_t item : perm) seen |= item < xnn::kMaxDims ? 1u << item : 1u << 31;
    }
    if (!counted_right || seen != (1u << perm.size()) - 1) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     perm.size() > xnn::kMaxDims ? "has " + std::to_string(perm.size()) + " items"
                                                 : "is " + shape_text(perm) + ", not a permutation of num_dims = " +
                                                       std::to_string(node.number("num_dims")));
      return;
    }
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (input && input->dims.size() != perm.size()) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     "has " + counted(perm.size(), "item") + ", the input has " + rank_text(*input));
    }
  });
}

void reshapes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticReshape) return;
    const auto shape = node.list("new_shape");
    if (shape.size() != node.number("num_dims") || shape.size() > xnn::kMaxDims) {
      context.report(
          node_path(subject, i, "new_shape"), node.offset,
          "has " + counted(shape.size(), "item") + ", num_dims is " + std::to_string(node.number("num_dims")));
    } else if (std::ranges::count(shape, 0u) > 1) {
      context.report(node_path(subject, i, "new_shape"), node.offset,
                     "is " + shape_text(shape) + ", only one item can be inferred (0)");
    }
  });
}

void slices_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticSlice) return;
    const std::size_t offsets = node.list("offsets").size();
    const std::size_t sizes = node.list("sizes").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    const std::uint32_t count = node.number("num_dims");
    if (offsets == count && sizes == count && count <= xnn::kMaxDims && (!input || input->dims.size() == count)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(offsets, "offset") + " and " + counted(sizes, "size") + " for num_dims = " +
                       std::to_string(count) + (input ? " and an input of " + rank_text(*input) : std::string()));
  });
}

void pads_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticConstantPad) return;
    const std::size_t before = node.list("pre_paddings").size();
    const std::size_t after = node.list("post_paddings").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (before == after && before <= xnn::kMaxDims && (!input || input->dims.size() == before)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(before, "padding") + " before and " + std::to_string(after) + " behind" +
                       (input ? " an input of " + rank_text(*input) : std::string()));
  });
}

constexpr Rule kRules[] = {
    {{.id = "XNN030",
      .guards_execution = true,
      .title = "transposes permute all dimensions of their input",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from perm without looking how many there are",
      .cure = kExportProgramAgain},
     transposes_sound},
    {{.id = "XNN031",
      .guards_execution = true,
      .title = "reshapes have a shape with at most one size to infer",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from new_shape without looking how many there are",
      .cure = kExportProgramAgain},
     reshapes_sound},
    {{.id = "XNN032",
      .guards_execution = true,
      .title = "slices have an offset and a size for every dimension",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from both lists without looking how many there are",
      .cure = kExportProgramAgain},
     slices_sound},
    {{.id = "XNN033",
      .guards_execution = true,
      .title = "pads have two paddings for every dimension",
      .cause = kDamagedPayload,
      .effect = kReadsForeignMemory,
      .cure = kExportProgramAgain},
     pads_sound},
};

}  // namespace

std::span<const Rule> xnn_move_rules() { return kRules; }

}  // namespace ptetool::verify
