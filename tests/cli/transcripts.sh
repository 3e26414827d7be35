#!/bin/sh
# Replays the transcripts of this folder against the built ptetool (the variable PTETOOL), with testdata/ as working
# directory, and compares what a user would see. A transcript is a text file:
#
#   # why these commands are here
#   $ ptetool inspect linear/linear.pte
#   what it prints on standard output
#   ! what it prints on standard error
#   [1]                                   the exit status, where it is not 0
#
#   sh tests/cli/transcripts.sh [--rebase] [NAME…]     --rebase writes what happened into the files
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../testdata"

rebase=
if [ "${1:-}" = --rebase ]; then rebase=1; shift; fi
if [ -z "${PTETOOL:-}" ]; then
  echo "PTETOOL does not name the program to test" >&2
  exit 2
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$PTETOOL" "$scratch/bin/ptetool"
PATH="$scratch/bin:$PATH"
SCRATCH=$scratch/work
export PATH SCRATCH
unset NO_COLOR COLUMNS || true

# Prints the transcript anew: comments and commands as they are, followed by what the commands do now.
replay() {
  first=1
  rm -rf "$SCRATCH"
  mkdir "$SCRATCH"
  while IFS= read -r line <&3 || [ -n "$line" ]; do
    case $line in
      '# '*)
        if [ -z "$first" ] && [ "$before" != comment ]; then echo; fi
        printf '%s\n' "$line"
        before=comment first= ;;
      '$ '*)
        if [ -z "$first" ] && [ "$before" != comment ]; then echo; fi
        printf '%s\n' "$line"
        status=0
        sh -c "${line#??}" > "$scratch/out" 2> "$scratch/err" < /dev/null || status=$?
        cat "$scratch/out"
        sed 's/^/! /' "$scratch/err"
        if [ "$status" != 0 ]; then echo "[$status]"; fi
        before=command first= ;;
    esac
  done 3< "$1"
}

count=0 failed=0
for file in "$here"/*.txt; do
  name=$(basename "$file" .txt)
  if [ $# -gt 0 ]; then
    case " $* " in *" $name "*) ;; *) continue ;; esac
  fi
  count=$((count + 1))
  before=
  replay "$file" > "$scratch/now"
  if cmp -s "$file" "$scratch/now"; then continue; fi
  if [ -n "$rebase" ]; then
    cp "$scratch/now" "$file"
    echo "rewrote tests/cli/$name.txt"
  else
    failed=$((failed + 1))
    echo "tests/cli/$name.txt:"
    diff -u "$file" "$scratch/now" | tail -n +3 || true
  fi
done
echo "$count transcripts, $failed differ"
if [ "$failed" != 0 ]; then
  echo "where the new output is right: sh scripts/rebase.sh"
  exit 1
fi
