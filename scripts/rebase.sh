#!/bin/sh
# Writes anew what is recorded from the program: transcripts, manual pages, completions. Read the difference before you
# commit it. Usage: sh scripts/rebase.sh [transcript…]    (the program: $PTETOOL, or build/release/ptetool)
set -eu
cd "$(dirname "$0")/.."
PTETOOL=${PTETOOL:-$PWD/build/release/ptetool}
export PTETOOL
mkdir -p man completions
"$PTETOOL" generate man man
"$PTETOOL" generate completions completions
sh tests/cli/transcripts.sh --rebase "$@"
