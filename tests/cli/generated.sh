#!/bin/sh
# Manual pages and completions are made from the option table: are the committed ones what it makes now?
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${PTETOOL:-}" ]; then
  echo "PTETOOL does not name the program to test" >&2
  exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/man" "$scratch/completions"
"$PTETOOL" generate man "$scratch/man"
"$PTETOOL" generate completions "$scratch/completions"
same=0
diff -ru man "$scratch/man" || same=1
diff -ru completions "$scratch/completions" || same=1
if [ $same != 0 ]; then
  echo "not up to date: sh scripts/rebase.sh"
  exit 1
fi
# What shells and man think of them, where they are installed.
bash -n completions/ptetool.bash
if command -v zsh >/dev/null 2>&1; then zsh -n completions/_ptetool; fi
if command -v fish >/dev/null 2>&1; then fish -n completions/ptetool.fish; fi
if command -v groff >/dev/null 2>&1; then
  complaints=$(groff -man -Tutf8 -ww -z man/*.1 2>&1)
  if [ -n "$complaints" ]; then
    echo "$complaints"
    exit 1
  fi
fi
