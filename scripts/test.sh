#!/bin/sh
# Everything that has to hold before a change is accepted: a clean build without warnings, all tests, and the tests
# again under the address and undefined behaviour sanitizers. Prints the time of every stage; logs are in build/.
set -eu
cd "$(dirname "$0")/.."

jobs=$(getconf _NPROCESSORS_ONLN)
mkdir -p build
began=$(date +%s)
failed=

# stage NAME LINES COMMAND…: runs it into build/NAME.log, shows the last LINES, on failure what is needed to see why.
stage() {
  name=$1 lines=$2 from=$(date +%s) status=0
  shift 2
  "$@" > "build/$name.log" 2>&1 || status=$?
  printf '\n== %s: %s, %d s\n' "$name" "$([ $status = 0 ] && echo ok || echo FAILED)" $(($(date +%s) - from))
  if [ $status = 0 ]; then
    tail -n "$lines" "build/$name.log"
  else
    grep -Ev ' Passed +[0-9.]+ sec$|^ +Start +[0-9]+:' "build/$name.log" | tail -n 200
    failed="$failed $name"
  fi
  return $status
}

# A build that fails ends here; tests that fail are counted, and the rest still runs.
stage setup 5 sh scripts/setup.sh || exit 1
stage build-release 1 sh scripts/build.sh release || exit 1
stage test-release 15 ctest --preset release --parallel "$jobs" || true
stage build-asan 1 sh scripts/build.sh asan || exit 1
stage test-asan 15 ctest --preset asan --parallel "$jobs" --label-exclude 'house|release-only' || true

printf '\n== total: %d s\n' $(($(date +%s) - began))
if [ -n "$failed" ]; then
  echo "failed:$failed (logs in build/)" >&2
  exit 1
fi
