# bench/<name>.cc is one program each, built only when asked for: cmake --build build/release --target <name>
include_guard(GLOBAL)

file(GLOB _bench_sources CONFIGURE_DEPENDS bench/*.cc)
foreach(_source IN LISTS _bench_sources)
  get_filename_component(_name ${_source} NAME_WE)
  add_executable(${_name} EXCLUDE_FROM_ALL ${_source})
  set_target_properties(${_name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  target_link_libraries(${_name} PRIVATE ptetool_core ptetool_flags ptetool_flatbuffers)
endforeach()
