#!/bin/sh
# From a fresh clone to a result: builds ptetool and shows, proves and runs a small model on both backends.
set -eu
cd "$(dirname "$0")/.."

heading() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }

sh scripts/setup.sh
heading "Building ptetool (the first time also XNNPACK, once for this machine)"
log=build/demo.log
mkdir -p build
if ! sh scripts/build.sh release ptetool > "$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 2
fi
tail -n 1 "$log"

PATH="$PWD/build/release:$PATH"
# The same linear layer twice: called operator by operator, and delegated to XNNPACK. The weights are in the .ptd files.
model=testdata/linear/linear.pte
data=testdata/linear/linear.ptd
delegated=testdata/linear/linear_xnnpack.pte
delegated_data=testdata/linear/linear_xnnpack.ptd
input=testdata/linear/input.npy
expected=testdata/linear/expected.npy

heading "What is in it"
show ptetool inspect "$model" --data "$data"

heading "Is it sound, and does it belong to its data"
show ptetool verify "$model@$data" "$delegated@$delegated_data"

for backend in portable xnnpack; do
  heading "Running on the $backend backend, compared with what PyTorch computed"
  show ptetool run "$model@$data" "$delegated@$delegated_data" --input "$input" --backend "$backend" --expect "$expected"
done

# Three programs over one set of weights: a toy of Qwen3's shape with two adapters, so its words make no sense.
llm=testdata/llm
foundation=$llm/fp32/foundation.ptd
heading "A language model and two adapters answer, and share their weights"
show ptetool run "$llm/fp32/base.pte@$foundation" "$llm/fp32/lora0.pte@$foundation,$llm/fp32/lora0.ptd" \
  "$llm/fp32/lora1.pte@$foundation,$llm/fp32/lora1.ptd" --tokenizer "$llm/tokenizer.json" \
  --prompt "Alice was beginning" --max-new-tokens 12
