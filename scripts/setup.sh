#!/bin/sh
# Makes sure that this machine can build ptetool: installs what is missing with apt or Homebrew, or says what to install.
# Silent where nothing is missing. Python is neither needed nor installed.
set -eu

# One row per need: how to tell that it is there | Debian package | Homebrew formula.
# A test is "command NAME" or "header FILE".
needs='
command cmake            | cmake                   | cmake
command c++              | g++                     | -
command make             | make                    | -
command ninja            | ninja-build             | ninja
command flatc            | flatbuffers-compiler    | flatbuffers
header flatbuffers/flatbuffers.h | libflatbuffers-dev | flatbuffers
header fxdiv.h           | libfxdiv-dev            | -
header CLI/CLI.hpp       | libcli11-dev            | cli11
header fmt/core.h        | libfmt-dev              | fmt
header nlohmann/json.hpp | nlohmann-json3-dev      | nlohmann-json
header doctest/doctest.h | doctest-dev             | doctest
header tl/expected.hpp   | libexpected-dev         | tl-expected
header openssl/sha.h     | libssl-dev              | openssl@3
header xxhash.h          | libxxhash-dev           | xxhash
header hwy/highway.h     | libhwy-dev              | highway
header zlib.h            | zlib1g-dev              | -
header stb/stb_image.h   | libstb-dev              | -
header pcre2.h           | libpcre2-dev            | pcre2
header utf8proc.h        | libutf8proc-dev         | utf8proc
header sentencepiece_processor.h | libsentencepiece-dev | sentencepiece
'

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

compiler=${CXX:-c++}
brew_prefix=
if have brew; then brew_prefix=$(brew --prefix); fi

has_header() {
  for directory in /usr/include /usr/local/include /usr/include/*-linux-gnu* ${brew_prefix:+"$brew_prefix/include" "$brew_prefix/opt/openssl@3/include"}; do
    if [ -e "$directory/$1" ]; then return 0; fi
  done
  return 1
}

# Prints the given column (2: Debian, 3: Homebrew) of every need that is not met.
missing() {
  echo "$needs" | while IFS='|' read -r test debian brew; do
    set -- $1 $test
    column=$1 kind=${2:-} name=${3:-}
    case $kind in
      "") continue ;;
      command) if have "$name"; then continue; fi ;;
      header) if has_header "$name"; then continue; fi ;;
    esac
    if [ "$column" = 2 ]; then echo $debian; else echo $brew; fi
  done | grep -v '^-$' | sort -u | tr '\n' ' '
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -qq "$@" >/dev/null
}

if have apt-get; then
  packages=$(missing 2)
  # The distribution's XNNPACK, where it is new enough, saves building one.
  if ! has_header xnnpack.h; then
    candidate=$(apt-cache policy libxnnpack-dev 2>/dev/null | sed -n 's/^ *Candidate: //p')
    if [ -n "$candidate" ] && dpkg --compare-versions "$candidate" ge '0.0~git20241108'; then
      packages="$packages libxnnpack-dev libpthreadpool-dev"
    fi
  fi
  if [ -n "$packages" ]; then
    if [ "$(id -u)" != 0 ] && ! have sudo; then
      fail "not root and no sudo; as root, run: apt-get install $packages"
    fi
    say "installing $packages"
    # shellcheck disable=SC2086 # the list is words
    if ! apt_install $packages 2>/dev/null; then
      as_root apt-get update -qq
      apt_install $packages
    fi
  fi
elif have brew; then
  packages=$(missing 3)
  if [ -n "$packages" ]; then
    say "installing $packages"
    brew install --quiet $packages
  fi
else
  packages=$(missing 2)
  if [ -n "$packages" ]; then
    say "neither apt nor Homebrew here; not found (by their Debian names): $packages"
    say "libraries that stay missing are downloaded by CMake where the network allows it"
  fi
fi

have cmake || fail "cmake 3.21 or newer is needed"
version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
echo "$version" | awk -F. '{ exit !($1 > 3 || ($1 == 3 && $2 >= 21)) }' ||
  fail "cmake $version is too old; 3.21 or newer is needed"

have "$compiler" || fail "no C++ compiler ($compiler); install g++ 12, clang 14 or newer"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo '#include <bit>
#include <compare>
#include <concepts>
#include <ranges>
#include <span>
int main() { std::span<const int> s; return std::ranges::distance(s) + std::popcount(0u); }' > "$scratch/probe.cc"
"$compiler" -std=c++20 "$scratch/probe.cc" -o "$scratch/probe" 2>/dev/null ||
  fail "$compiler does not compile C++20; install g++ 12, clang 14 or newer and set CXX"
