// Which of the files beside a program offers keys that it misses.
#pragma once

#include <span>

#include "ptetool/link/model.h"

namespace ptetool {

struct NearbySearch {
  std::vector<NearbyData> files;  // best first
  std::size_t nowhere = 0;        // keys that none of them offers
};

// nearby_data() for some keys. Data files that the model has already are not looked at.
NearbySearch search_nearby(const Model& model, std::span<const std::string_view> keys, const std::string& program_path);

}  // namespace ptetool
