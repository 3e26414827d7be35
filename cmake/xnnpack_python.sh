#!/bin/sh
# Stands in for the two Python scripts that XNNPACK's build calls, so that building ptetool needs no Python.
#   update-microkernels.py --output DIR: the lists it would write are in XNNPACK's sources already; copy them.
#   generate-build-identifier.py --output FILE --input_file_list LIST: the SHA-256 over the named files, as C.
set -eu

script=$1
output=$3
case $script in
  *update-microkernels.py)
    mkdir -p "$output/cmake"
    cp -R "$(dirname "$script")/../cmake/gen" "$output/cmake/"
    ;;
  *generate-build-identifier.py)
    # The list has no newline at its end; every name is relative to the working directory.
    { cat "$5"; echo; } | grep . | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat > "$output.bytes"
    sum=$(cmake -E sha256sum "$output.bytes" | cut -d ' ' -f 1)
    rm "$output.bytes"
    cat > "$output" <<C
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint8_t identifier[] = {$(echo "$sum" | sed 's/../0x&, /g')};

size_t xnn_experimental_get_build_identifier_size(void) { return sizeof(identifier); }

const void* xnn_experimental_get_build_identifier_data(void) { return identifier; }

bool xnn_experimental_check_build_identifier(const void* data, size_t size) {
  return size == sizeof(identifier) && memcmp(data, identifier, size) == 0;
}
C
    ;;
  *)
    echo "$0: unexpected script $script" >&2
    exit 1
    ;;
esac
