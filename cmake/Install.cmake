# What `cmake --install` puts where: the binary, the static library with its headers, a CMake package, a pkg-config
# file, manual pages and completions. A static library needs what it was linked against, so an XNNPACK that was built
# for this project is installed with it, in a folder of its own.

include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

if(TARGET ptetool)
  install(TARGETS ptetool RUNTIME)
endif()
install(TARGETS ptetool_core EXPORT ptetoolTargets ARCHIVE)
install(DIRECTORY lib/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PTETOOL_GENERATED_DIR}/ptetool/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ptetool)

if(PTETOOL_FETCHED_LIBRARIES)
  install(FILES ${PTETOOL_FETCHED_LIBRARIES} DESTINATION ${CMAKE_INSTALL_LIBDIR}/ptetool)
endif()

set(_xnnpack_names "")
set(_pc_xnnpack "")
if(PTETOOL_XNNPACK_PREFIX)
  install(FILES ${PTETOOL_XNNPACK_LIBRARIES} DESTINATION ${CMAKE_INSTALL_LIBDIR}/ptetool)
  file(GLOB _licenses ${PTETOOL_XNNPACK_PREFIX}/LICENSE.*)
  install(FILES ${_licenses} DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
foreach(_library IN LISTS PTETOOL_XNNPACK_LIBRARIES)
  get_filename_component(_name ${_library} NAME_WE)
  string(REGEX REPLACE "^lib" "" _name ${_name})
  list(APPEND _xnnpack_names ${_name})
  string(APPEND _pc_xnnpack " -l${_name}")
endforeach()

string(REPLACE ";" " " _xnnpack_names "${_xnnpack_names}")

set(_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ptetool)
install(EXPORT ptetoolTargets NAMESPACE ptetool:: DESTINATION ${_package_dir})
configure_package_config_file(cmake/ptetoolConfig.cmake.in ${PROJECT_BINARY_DIR}/ptetoolConfig.cmake
  INSTALL_DESTINATION ${_package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ptetoolConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ptetoolConfig.cmake ${PROJECT_BINARY_DIR}/ptetoolConfigVersion.cmake
  DESTINATION ${_package_dir})

# Plain `pkg-config --libs` has to do: there is no shared variant.
set(_pc_libraries "-L\${libdir}/ptetool ${_pc_xnnpack} -lsentencepiece -lutf8proc -lpcre2-8 ${CMAKE_THREAD_LIBS_INIT}")
foreach(_name IN LISTS CMAKE_DL_LIBS)
  string(APPEND _pc_libraries " -l${_name}")
endforeach()
if(UNIX AND NOT APPLE)
  string(APPEND _pc_libraries " -lm")
endif()
configure_file(cmake/ptetool.pc.in ${PROJECT_BINARY_DIR}/ptetool.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ptetool.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB _manuals CONFIGURE_DEPENDS man/*.1)
if(_manuals)
  install(FILES ${_manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
install(FILES completions/ptetool.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME ptetool OPTIONAL)
install(FILES completions/_ptetool DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions OPTIONAL)
install(FILES completions/ptetool.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d OPTIONAL)
