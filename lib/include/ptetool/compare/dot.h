// Methods as graphs in the language of Graphviz: an instruction is a node, and takes results of others, inputs and
// weights by edges.
#pragma once

#include <string>

#include "ptetool/link/model.h"

namespace ptetool::compare {

// `method`: only this one; empty: every method with instructions, each in a box of its own. Names from the file are
// escaped. Whatever is damaged is drawn as far as it goes.
std::string dot_graph(const Model& model, const std::string& method);

}  // namespace ptetool::compare
