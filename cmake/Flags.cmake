# Compiler flags: the optimisation levels, the warnings of our own code, sanitizers, ccache.

include_guard(GLOBAL)

option(PTETOOL_WERROR "Treat warnings in our code as errors" ON)
option(PTETOOL_CCACHE "Compile through ccache where it is installed" ON)
option(PTETOOL_FUZZ "Build the fuzzers with libFuzzer (clang only)" OFF)
set(PTETOOL_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

if(PTETOOL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE_PROGRAM ccache)
  mark_as_advanced(CCACHE_PROGRAM)
  if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  endif()
endif()

# Linked by every target of ours, never exported.
add_library(ptetool_flags INTERFACE)
target_compile_options(ptetool_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${PTETOOL_WERROR}>:-Werror>
  # Part of -Wconversion in clang, apart from it in gcc: one meaning for both.
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-sign-conversion>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of gcc 12 on std::string concatenation (gcc bug 105651).
  target_compile_options(ptetool_flags INTERFACE -Wno-restrict)
endif()

set(_sanitizers "${PTETOOL_SANITIZE}")
if(PTETOOL_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PTETOOL_FUZZ needs clang (libFuzzer); without it the fuzz programs replay files under any compiler")
  endif()
  set(_sanitizers "fuzzer-no-link,address,undefined")
endif()
if(_sanitizers)
  string(REPLACE ";" "," _sanitizers "${_sanitizers}")
  # Sanitizers change code generation, and with it what gcc believes about initialisation.
  target_compile_options(ptetool_flags INTERFACE
    -fsanitize=${_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(ptetool_flags INTERFACE -fsanitize=${_sanitizers})
endif()
