# The test programs and what ctest runs. Every test gets the same surroundings from ptetool_add_test():
#   the working directory is the top of the sources; PTETOOL names the built binary; PTETOOL_CORPUS_DIR is passed on;
#   exit status 77 means "skipped".
# Labels: house (about the sources), unit, conformance, and those that tests/tests.cmake adds.

include_guard(GLOBAL)

# ptetool_add_test(NAME n COMMAND c… [LABELS l…] [TIMEOUT seconds])
function(ptetool_add_test)
  cmake_parse_arguments(arg "" "NAME;TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  set(environment "")
  if(TARGET ptetool)
    list(APPEND environment "PTETOOL=$<TARGET_FILE:ptetool>")
  endif()
  if(PTETOOL_CORPUS_DIR)
    list(APPEND environment "PTETOOL_CORPUS_DIR=${PTETOOL_CORPUS_DIR}")
  endif()
  add_test(NAME ${arg_NAME} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${arg_NAME} PROPERTIES
    TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77 LABELS "${arg_LABELS}" ENVIRONMENT "${environment}")
endfunction()

# ptetool_add_test_program(name source…): a program that sees the insides of the library and of the commands.
function(ptetool_add_test_program name)
  add_executable(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE PTETOOL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # What tests do takes less time than optimising them would.
  target_compile_options(${name} PRIVATE -O0)
  target_link_libraries(${name} PRIVATE
    ptetool_cli ptetool_flags ptetool_flatbuffers ptetool_xxhash doctest::doctest OpenSSL::Crypto ZLIB::ZLIB XNNPACK::XNNPACK)
endfunction()

# A doctest program from `ARGN`; it is given main() unless one of its files brings it.
function(_ptetool_add_doctest_program name)
  set(has_main FALSE)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} lines REGEX "^int main\\(|DOCTEST_CONFIG_IMPLEMENT" LIMIT_COUNT 1)
    if(lines)
      set(has_main TRUE)
    endif()
  endforeach()
  set(main "")
  if(NOT has_main)
    set(main ${PROJECT_BINARY_DIR}/doctest_main.cc)
    file(CONFIGURE OUTPUT ${main} CONTENT
      "// main() of the doctest programs.\n#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n")
  endif()
  ptetool_add_test_program(${name} ${ARGN} ${main})
endfunction()

file(GLOB_RECURSE _unit_sources CONFIGURE_DEPENDS tests/unit/*.cc)
if(_unit_sources)
  _ptetool_add_doctest_program(ptetool_unit ${_unit_sources})
  ptetool_add_test(NAME unit COMMAND ptetool_unit LABELS unit TIMEOUT 900)
endif()

file(GLOB _conformance_sources CONFIGURE_DEPENDS tests/conformance/*.cc)
if(_conformance_sources)
  _ptetool_add_doctest_program(ptetool_conformance ${_conformance_sources})
  ptetool_add_test(NAME conformance COMMAND ptetool_conformance LABELS conformance TIMEOUT 900)
endif()

# tests/fuzz/<name>_fuzzer.cc is one program each; other files there are shared by all of them. With libFuzzer the
# program searches; otherwise replay_main.cc runs it over files. Either way ctest replays corpus/<name>/.
file(GLOB _fuzzers CONFIGURE_DEPENDS tests/fuzz/*_fuzzer.cc)
file(GLOB _fuzz_support CONFIGURE_DEPENDS tests/fuzz/*.cc)
list(FILTER _fuzz_support EXCLUDE REGEX "(_fuzzer|/replay_main)\\.cc$")
if(NOT PTETOOL_FUZZ)
  add_library(ptetool_replay OBJECT tests/fuzz/replay_main.cc ${_fuzz_support})
  target_include_directories(ptetool_replay PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(ptetool_replay PRIVATE ptetool_cli ptetool_flags)
endif()
foreach(_source IN LISTS _fuzzers)
  get_filename_component(_program ${_source} NAME_WE)
  string(REGEX REPLACE "_fuzzer$" "" _name ${_program})
  set(_corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${_name})
  if(PTETOOL_FUZZ)
    ptetool_add_test_program(${_program} ${_source} ${_fuzz_support})
    target_link_options(${_program} PRIVATE -fsanitize=fuzzer)
    set(_replay -runs=0 ${_corpus})
  else()
    ptetool_add_test_program(${_program} ${_source} $<TARGET_OBJECTS:ptetool_replay>)
    set(_replay ${_corpus})
  endif()
  if(IS_DIRECTORY ${_corpus})
    ptetool_add_test(NAME fuzz_replay_${_name} COMMAND ${_program} ${_replay} LABELS fuzz)
  endif()
endforeach()

ptetool_add_test(NAME house_arrows COMMAND sh scripts/check_arrows.sh LABELS house)
ptetool_add_test(NAME format_check COMMAND sh scripts/check_format.sh LABELS house)

include(${PROJECT_SOURCE_DIR}/tests/tests.cmake OPTIONAL)
