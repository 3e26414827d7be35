# The malformed-file fixtures. Their descriptions become flatbuffers through the parser of the flatbuffers library, which
# nothing else links.

include_guard(GLOBAL)

if(TARGET flatbuffers::flatbuffers)
  set(_flatbuffers_parser flatbuffers::flatbuffers)
elseif(TARGET flatbuffers::flatbuffers_shared)
  set(_flatbuffers_parser flatbuffers::flatbuffers_shared)
else()
  set(_flatbuffers_parser flatbuffers)
endif()

file(GLOB _malformed_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/malformed/*.cc)
ptetool_add_test_program(ptetool_malformed ${_malformed_sources})
target_link_libraries(ptetool_malformed PRIVATE ${_flatbuffers_parser})
ptetool_add_test(NAME malformed COMMAND ptetool_malformed LABELS malformed)
