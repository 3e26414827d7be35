// The datatypes of XNNPACK graphs as a table (format-facts 3.2): name, and bits of an element.
#include "ptetool/format/xnnpack_graph.h"
#include "xnnpack_graph_generated.h"

namespace ptetool::xnn {

namespace {

struct DatatypeRow {
  std::string_view name;
  unsigned bits;  // 0: holds nothing
};
// Row i describes datatype i.
constexpr DatatypeRow kDatatypes[] = {
    {"invalid", 0}, {"fp32", 32},  {"fp16", 16},    {"qint8", 8},  {"quint8", 8},
    {"qint32", 32}, {"qcint8", 8}, {"qcint32", 32}, {"qcint4", 4}, {"qdint8", 8},
    {"qbint4", 4},  {"qpint8", 8}, {"int32", 32},   {"pfp32", 32}, {"bf16", 16},
};
static_assert(std::size(kDatatypes) == static_cast<std::size_t>(fb::xnn::XNNDatatype::MAX) + 1);

const DatatypeRow* find_datatype(Datatype type) {
  const auto index = static_cast<std::int16_t>(type);
  if (index < 0 || static_cast<std::size_t>(index) >= std::size(kDatatypes)) return nullptr;
  return &kDatatypes[index];
}

}  // namespace

std::string datatype_name(Datatype type) {
  const DatatypeRow* row = find_datatype(type);
  return row ? std::string(row->name) : "datatype " + std::to_string(static_cast<int>(type));
}

std::optional<unsigned> datatype_bits(Datatype type) {
  const DatatypeRow* row = find_datatype(type);
  return row && row->bits != 0 ? std::optional(row->bits) : std::nullopt;
}

}  // namespace ptetool::xnn
