# Finds what ptetool is built from: the system's packages first, else a pinned download, else a message that helps.
#
# Every library ends up as one target whose headers count as system headers (our warnings are for our code):
#   tl::expected, fmt::fmt             part of the public headers
#   OpenSSL::Crypto, ZLIB::ZLIB, XNNPACK::XNNPACK, hwy::hwy,
#   ptetool_pcre2, ptetool_utf8proc, ptetool_sentencepiece   linked into whoever links the static library
#   ptetool_flatbuffers, ptetool_xxhash, ptetool_stb, nlohmann_json::nlohmann_json, CLI11::CLI11, doctest::doctest   headers only
# PTETOOL_FLATC is the schema compiler that belongs to the flatbuffers headers.

include_guard(GLOBAL)
include(FetchContent)

# Downloaded projects are older than the CMake that reads them: accept their stated minimum, let variables set here
# decide their options, and stamp unpacked files with today's time.
set(CMAKE_POLICY_VERSION_MINIMUM 3.5)
set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
if(POLICY CMP0135)
  cmake_policy(SET CMP0135 NEW)
endif()

option(PTETOOL_FETCH "Download libraries that the system does not have" ON)

# One row per library that may be downloaded: name | address | SHA-256.
set(_ptetool_pins
  "expected|https://github.com/TartanLlama/expected/archive/refs/tags/v1.1.0.tar.gz|1db357f46dd2b24447156aaf970c4c40a793ef12a8a9c2ad9e096d9801368df6"
  "fmt|https://github.com/fmtlib/fmt/archive/refs/tags/10.2.1.tar.gz|1250e4cc58bf06ee631567523f48848dc4596133e163f02615c97f78bab6c811"
  "flatbuffers|https://github.com/google/flatbuffers/archive/v23.5.26.tar.gz|1cce06b17cddd896b6d73cc047e36a254fb8df4d7ea18a46acf16c4c0cd3f3f3"
  "CLI11|https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz|f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a"
  "nlohmann_json|https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz|d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d"
  "doctest|https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz|632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186"
  "highway|https://github.com/google/highway/archive/refs/tags/1.0.3.tar.gz|566fc77315878473d9a6bd815f7de78c73734acdcb745c3dde8579560ac5440e"
  "xxhash|https://github.com/Cyan4973/xxHash/archive/refs/tags/v0.8.2.tar.gz|baee0c6afd4f03165de7a4e67988d16f0f2b257b51d0e3cb91909302a26a79c4"
  "pcre2|https://github.com/PCRE2Project/pcre2/releases/download/pcre2-10.42/pcre2-10.42.tar.gz|c33b418e3b936ee3153de2c61cc638e7e4fe3156022a5c77d0711bcbb9d64f1f"
  "utf8proc|https://github.com/JuliaStrings/utf8proc/archive/refs/tags/v2.8.0.tar.gz|a0a60a79fe6f6d54e7d411facbfcc867a6e198608f2cd992490e46f04b1bcecc"
  "sentencepiece|https://github.com/google/sentencepiece/archive/refs/tags/v0.1.97.tar.gz|41c3a07f315e3ac87605460c8bb8d739955bc8e7f478caec4017ef9b7d78669b")

# Makes the pinned sources of `name` part of this build; `package` is what a Debian user would install instead. Of its
# targets, those that nothing needs are not built, and none is installed, where "PARTLY" follows.
macro(_ptetool_fetch name package)
  if(NOT PTETOOL_FETCH)
    message(FATAL_ERROR "${name} was not found and PTETOOL_FETCH is off; install it (Debian, Ubuntu: ${package})")
  endif()
  foreach(_row IN LISTS _ptetool_pins)
    string(REPLACE "|" ";" _row "${_row}")
    list(GET _row 0 _row_name)
    if(_row_name STREQUAL "${name}")
      list(GET _row 1 _row_url)
      list(GET _row 2 _row_sha256)
      message(STATUS "${name}: not installed (Debian, Ubuntu: ${package}); downloading ${_row_url}")
      if("${ARGN}" STREQUAL "PARTLY")
        # A folder that is not there: only unpack.
        FetchContent_Declare(${name} URL ${_row_url} URL_HASH SHA256=${_row_sha256} SOURCE_SUBDIR none)
        FetchContent_MakeAvailable(${name})
        add_subdirectory(${${name}_SOURCE_DIR} ${${name}_BINARY_DIR} EXCLUDE_FROM_ALL)
      else()
        FetchContent_Declare(${name} URL ${_row_url} URL_HASH SHA256=${_row_sha256})
        FetchContent_MakeAvailable(${name})
      endif()
    endif()
  endforeach()
endmacro()

function(_ptetool_headers_only target)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${ARGN})
endfunction()

# Headers of a library that is part of this build are system headers like those of an installed one.
function(_ptetool_as_system target)
  get_target_property(directories ${target} INTERFACE_INCLUDE_DIRECTORIES)
  set_property(TARGET ${target} PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${directories}")
endfunction()

find_package(Threads REQUIRED)

find_package(tl-expected CONFIG QUIET)
if(NOT TARGET tl::expected)
  set(EXPECTED_BUILD_TESTS OFF)
  _ptetool_fetch(expected libexpected-dev)
  _ptetool_as_system(expected)
endif()

find_package(fmt 9 CONFIG QUIET)
if(NOT TARGET fmt::fmt)
  set(FMT_INSTALL ON)
  _ptetool_fetch(fmt libfmt-dev)
  set_target_properties(fmt PROPERTIES POSITION_INDEPENDENT_CODE ON)
  _ptetool_as_system(fmt)
endif()

# Readers, verifier and builders are headers; the library behind them is not linked. Older packages spell the name
# with capitals.
find_package(flatbuffers CONFIG QUIET NAMES flatbuffers FlatBuffers Flatbuffers)
find_program(PTETOOL_FLATC flatc DOC "The flatbuffers schema compiler")
if(TARGET flatbuffers::flatbuffers AND PTETOOL_FLATC)
  get_target_property(_directories flatbuffers::flatbuffers INTERFACE_INCLUDE_DIRECTORIES)
  _ptetool_headers_only(ptetool_flatbuffers ${_directories})
  execute_process(COMMAND ${PTETOOL_FLATC} --version OUTPUT_VARIABLE _flatc OUTPUT_STRIP_TRAILING_WHITESPACE)
  message(STATUS "flatbuffers: the system's, ${_flatc}")
else()
  set(FLATBUFFERS_BUILD_TESTS OFF)
  set(FLATBUFFERS_BUILD_FLATHASH OFF)
  set(FLATBUFFERS_INSTALL OFF)
  _ptetool_fetch(flatbuffers "flatbuffers-compiler libflatbuffers-dev")
  _ptetool_headers_only(ptetool_flatbuffers "${flatbuffers_SOURCE_DIR}/include")
  set(PTETOOL_FLATC $<TARGET_FILE:flatc>)
endif()

# xxHash compiles into its user: one header, no library to ship.
find_path(XXHASH_INCLUDE_DIR xxhash.h)
mark_as_advanced(XXHASH_INCLUDE_DIR)
if(XXHASH_INCLUDE_DIR)
  _ptetool_headers_only(ptetool_xxhash "${XXHASH_INCLUDE_DIR}")
else()
  _ptetool_fetch(xxhash libxxhash-dev)
  _ptetool_headers_only(ptetool_xxhash "${xxhash_SOURCE_DIR}")
endif()
target_compile_definitions(ptetool_xxhash INTERFACE "XXH_INLINE_ALL=")

# Vector code for every instruction set, chosen at run time. Older packages bring a pkg-config file only.
find_package(hwy 1.0 CONFIG QUIET)
if(NOT TARGET hwy::hwy)
  find_path(HWY_INCLUDE_DIR hwy/highway.h)
  find_library(HWY_LIBRARY hwy)
  mark_as_advanced(HWY_INCLUDE_DIR HWY_LIBRARY)
  if(HWY_INCLUDE_DIR AND HWY_LIBRARY)
    add_library(hwy::hwy UNKNOWN IMPORTED GLOBAL)
    set_target_properties(hwy::hwy PROPERTIES
      IMPORTED_LOCATION "${HWY_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${HWY_INCLUDE_DIR}")
  else()
    set(HWY_ENABLE_TESTS OFF)
    set(HWY_ENABLE_EXAMPLES OFF)
    set(HWY_ENABLE_CONTRIB OFF)
    _ptetool_fetch(highway libhwy-dev)
    set_target_properties(hwy PROPERTIES POSITION_INDEPENDENT_CODE ON)
    _ptetool_as_system(hwy)
    add_library(hwy::hwy ALIAS hwy)
  endif()
endif()

# Libraries in C or C++ whose packages bring no CMake package: each becomes ptetool_<name>, from the system's header
# and library or from the pinned sources. PTETOOL_FETCHED_LIBRARIES are the files of the latter, for the installation.
set(PTETOOL_FETCHED_LIBRARIES "")
macro(_ptetool_plain_library name header library package)
  string(TOUPPER ${name} _upper)
  find_path(${_upper}_INCLUDE_DIR ${header})
  find_library(${_upper}_LIBRARY ${library})
  mark_as_advanced(${_upper}_INCLUDE_DIR ${_upper}_LIBRARY)
  if(${_upper}_INCLUDE_DIR AND ${_upper}_LIBRARY)
    _ptetool_headers_only(ptetool_${name} "${${_upper}_INCLUDE_DIR}")
    target_link_libraries(ptetool_${name} INTERFACE "${${_upper}_LIBRARY}")
  else()
    _ptetool_fetch(${name} ${package} PARTLY)
  endif()
endmacro()

function(_ptetool_fetched_library name target)
  _ptetool_headers_only(ptetool_${name} ${ARGN})
  target_link_libraries(ptetool_${name} INTERFACE ${target})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  set(PTETOOL_FETCHED_LIBRARIES ${PTETOOL_FETCHED_LIBRARIES} $<TARGET_FILE:${target}> PARENT_SCOPE)
endfunction()

# Regular expressions, as tokenizers use them to cut text into words.
set(PCRE2_SUPPORT_JIT ON)
set(PCRE2_BUILD_PCRE2GREP OFF)
set(PCRE2_BUILD_TESTS OFF)
_ptetool_plain_library(pcre2 pcre2.h pcre2-8 libpcre2-dev)
if(NOT TARGET ptetool_pcre2)
  _ptetool_fetched_library(pcre2 pcre2-8-static "${pcre2_BINARY_DIR}")
  target_compile_definitions(ptetool_pcre2 INTERFACE PCRE2_STATIC)
endif()

# Unicode's normal forms, categories and case.
set(UTF8PROC_INSTALL OFF)
_ptetool_plain_library(utf8proc utf8proc.h utf8proc libutf8proc-dev)
if(NOT TARGET ptetool_utf8proc)
  _ptetool_fetched_library(utf8proc utf8proc "${utf8proc_SOURCE_DIR}")
endif()

# SentencePiece models.
set(SPM_ENABLE_SHARED OFF)
set(SPM_ENABLE_TCMALLOC OFF)
_ptetool_plain_library(sentencepiece sentencepiece_processor.h sentencepiece libsentencepiece-dev)
if(NOT TARGET ptetool_sentencepiece)
  _ptetool_fetched_library(sentencepiece sentencepiece-static "${sentencepiece_SOURCE_DIR}/src")
endif()

# stb_image compiles into its user, too. It has no releases to pin: without it, pictures are not read.
find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb)
mark_as_advanced(STB_INCLUDE_DIR)
if(STB_INCLUDE_DIR)
  _ptetool_headers_only(ptetool_stb "${STB_INCLUDE_DIR}")
else()
  message(STATUS "stb_image.h: not found (Debian, Ubuntu: libstb-dev); pictures will not be read as inputs")
  _ptetool_headers_only(ptetool_stb)
endif()

find_package(nlohmann_json 3.11 CONFIG QUIET)
if(NOT TARGET nlohmann_json::nlohmann_json)
  set(JSON_BuildTests OFF)
  _ptetool_fetch(nlohmann_json nlohmann-json3-dev)
  _ptetool_as_system(nlohmann_json)
endif()

find_package(CLI11 2.1.2 CONFIG QUIET)
if(NOT TARGET CLI11::CLI11)
  set(CLI11_BUILD_TESTS OFF)
  set(CLI11_BUILD_EXAMPLES OFF)
  _ptetool_fetch(CLI11 libcli11-dev)
  _ptetool_as_system(CLI11)
endif()

if(PTETOOL_BUILD_TESTS)
  find_package(doctest 2.4.9 CONFIG QUIET)
  if(NOT TARGET doctest::doctest)
    set(DOCTEST_WITH_TESTS OFF)
    _ptetool_fetch(doctest doctest-dev)
    _ptetool_as_system(doctest)
  endif()
endif()

# Homebrew keeps OpenSSL beside the system's folders.
if(APPLE AND NOT OPENSSL_ROOT_DIR)
  find_program(BREW_PROGRAM brew)
  mark_as_advanced(BREW_PROGRAM)
  if(BREW_PROGRAM)
    execute_process(COMMAND ${BREW_PROGRAM} --prefix openssl@3
      OUTPUT_VARIABLE OPENSSL_ROOT_DIR ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
endif()
find_package(OpenSSL 1.1 QUIET COMPONENTS Crypto)
if(NOT TARGET OpenSSL::Crypto)
  message(FATAL_ERROR "OpenSSL's libcrypto was not found; install it (Debian, Ubuntu: libssl-dev, Fedora: openssl-devel, "
    "Homebrew: openssl@3)")
endif()

# For .npz archives. Every system that compiles has it, so it is not downloaded.
find_package(ZLIB 1.2.9 QUIET)
if(NOT TARGET ZLIB::ZLIB)
  message(FATAL_ERROR "zlib was not found; install it (Debian, Ubuntu: zlib1g-dev, Fedora: zlib-devel, Homebrew: zlib)")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/Xnnpack.cmake)
