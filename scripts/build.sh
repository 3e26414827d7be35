#!/bin/sh
# Configures and builds one preset with all cores: sh scripts/build.sh [release|debug|asan|tsan|fuzz] [TARGET]
# Ninja is used where it is installed; a folder that was configured before keeps its generator.
set -eu
cd "$(dirname "$0")/.."

preset=${1:-release}
if [ ! -e "build/$preset/CMakeCache.txt" ] && command -v ninja >/dev/null 2>&1; then
  export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"
fi
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$(getconf _NPROCESSORS_ONLN)" ${2:+--target "$2"}
