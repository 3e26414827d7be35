// A bundled program of testdata/, opened and linked.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "ptetool/link/artifact.h"
#include "ptetool/link/model.h"

struct Opened {
  std::shared_ptr<const ptetool::Bundle> bundle;
  std::shared_ptr<const ptetool::Model> model;
};

// `name` is its path in testdata/.
inline Opened open_bundle(const std::string& name) {
  const auto artifact = ptetool::open_artifact(PTETOOL_SOURCE_DIR "/testdata/" + name);
  REQUIRE(artifact);
  const auto bundle = std::get<std::shared_ptr<const ptetool::Bundle>>(artifact->content);
  return {bundle, std::make_shared<const ptetool::Model>(ptetool::link(bundle->program, {}))};
}
