#!/bin/sh
# Checks the formatting of the C++ files against .clang-format; --fix rewrites them.
# Versions of clang-format disagree in details, so only the one that the house uses decides; with another or none the
# check is skipped (exit status 77).
set -eu
cd "$(dirname "$0")/.."

house_version=14
for program in "clang-format-$house_version" clang-format; do
  if "$program" --version 2>/dev/null | grep -q "version $house_version\."; then
    formatter=$program
    break
  fi
done
if [ -z "${formatter:-}" ]; then
  echo "skipped: clang-format $house_version is not installed"
  exit 77
fi

sources() { find lib cli tests bench \( -name '*.cc' -o -name '*.h' \) -print0 2>/dev/null; }
if [ "${1:-}" = --fix ]; then
  sources | xargs -0 "$formatter" -i
  exit
fi

# Of the complaints, the names of the files are enough.
files=$(sources | xargs -0 "$formatter" --dry-run -Werror 2>&1 | sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u)
if [ -n "$files" ]; then
  printf '%s\n' "$files"
  echo "not formatted; sh scripts/check_format.sh --fix does it"
  exit 1
fi
