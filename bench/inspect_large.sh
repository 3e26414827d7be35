#!/bin/sh
# What it costs to open a file of 2.4 GB (sparse, real tables) and to ask for help: wall time and peak memory, the median
# of 11 runs. Usage: sh bench/inspect_large.sh [folder for the file, default a temporary one]
set -eu
cd "$(dirname "$0")/.."
ptetool=build/release/ptetool
[ -x "$ptetool" ] || sh scripts/build.sh release
cmake --build build/release --target large_ptd >/dev/null

folder=${1:-$(mktemp -d)}
trap 'rm -rf "$folder/large.ptd"' EXIT
build/release/bench/large_ptd "$folder/large.ptd"

# median "seconds kilobytes" of 11 runs
measure() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    build/release/bench/measure "$@"
  done | sort -n | awk '{ seconds[NR] = $1; if ($2 > memory) memory = $2 }
    END { printf "%6.1f ms   %5.1f MiB   ", seconds[int((NR + 1) / 2)] * 1000, memory / 1024 }'
}
cmake --build build/release --target measure >/dev/null
printf '%-32s' 'inspect large.ptd'; measure "$ptetool" inspect "$folder/large.ptd"; echo '(aim: 50 ms, 32 MiB)'
printf '%-32s' 'inspect --json --show all'; measure "$ptetool" inspect --json --show all "$folder/large.ptd"; echo
printf '%-32s' '--help'; measure "$ptetool" --help; echo '(aim: 10 ms)'
