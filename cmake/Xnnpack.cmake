# Provides the target XNNPACK::XNNPACK (headers xnnpack.h and pthreadpool.h, everything to link).
#
# In this order: the folder in PTETOOL_XNNPACK_ROOT; the system's library if it has the interface of commit 4ea82e5,
# but not its fault; the build in the user's cache, which is made now if it is not there (XnnpackSource.cmake).
# Sets for the rest of the build: PTETOOL_XNNPACK_PREFIX (empty: the system's), PTETOOL_XNNPACK_LIBRARIES (in link
# order) and PTETOOL_XNNPACK_VERSION (a commit and a hash of its corrections, or "system", "custom").

include_guard(GLOBAL)
include(CheckCXXSourceCompiles)
find_package(Threads REQUIRED)

set(PTETOOL_XNNPACK_ROOT "" CACHE PATH "An installed XNNPACK (include/, lib/) to use instead of looking for one")

# Collects the libraries of an XNNPACK below `root` (empty: the system's folders) into `out`, empty if it has none.
function(_ptetool_xnnpack_libraries root out)
  set(found "")
  if(root)
    set(where PATHS "${root}/lib" "${root}/lib64" NO_DEFAULT_PATH)
  endif()
  foreach(name IN ITEMS XNNPACK microkernels-prod cpuinfo pthreadpool)
    unset(library CACHE)
    find_library(library NAMES ${name} ${where} NO_CACHE)
    if(library)
      list(APPEND found "${library}")
    elseif(name STREQUAL "XNNPACK")
      break()
    endif()
    unset(library)
  endforeach()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

set(PTETOOL_XNNPACK_PREFIX "")
set(PTETOOL_XNNPACK_ADDEND_FLAG 0)
set(_system_libraries "")
if(PTETOOL_XNNPACK_ROOT)
  set(PTETOOL_XNNPACK_PREFIX "${PTETOOL_XNNPACK_ROOT}")
  set(PTETOOL_XNNPACK_VERSION custom)
else()
  _ptetool_xnnpack_libraries("" _system_libraries)
  find_path(XNNPACK_INCLUDE_DIR xnnpack.h)
  mark_as_advanced(XNNPACK_INCLUDE_DIR)
  if(_system_libraries AND XNNPACK_INCLUDE_DIR)
    set(CMAKE_REQUIRED_INCLUDES ${XNNPACK_INCLUDE_DIR})
    set(CMAKE_REQUIRED_LIBRARIES ${_system_libraries} Threads::Threads)
    check_cxx_source_compiles("
      #include <pthreadpool.h>
      #include <xnnpack.h>
      static_assert(XNN_EXTRA_QUANTIZATION_PARAMS >= 15);  // XnnpackCorrections.cmake says why
      int main() {
        xnn_weights_cache_provider provider{};
        xnn_runtime_t runtime = nullptr;
        (void)provider.look_up_or_insert;
        (void)xnn_datatype_qbint4;
        bool ok = xnn_define_unary(nullptr, xnn_unary_gelu, nullptr, 0, 0, 0) == xnn_status_success;
        ok = ok && xnn_define_binary(nullptr, xnn_binary_add, nullptr, 0, 0, 0, 0) == xnn_status_success;
        return ok && xnn_create_runtime_v4(nullptr, nullptr, nullptr, nullptr, 0, &runtime) == xnn_status_success;
      }" PTETOOL_SYSTEM_XNNPACK_FITS)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_LIBRARIES)
  endif()
  if(_system_libraries AND PTETOOL_SYSTEM_XNNPACK_FITS)
    message(STATUS "XNNPACK: the system's")
    set(PTETOOL_XNNPACK_VERSION system)
  else()
    include(${CMAKE_CURRENT_LIST_DIR}/XnnpackSource.cmake)
    ptetool_xnnpack_prefix(PTETOOL_XNNPACK_PREFIX)
    ptetool_build_xnnpack("${PTETOOL_XNNPACK_PREFIX}")
    set(PTETOOL_XNNPACK_ADDEND_FLAG 0x10000000)  # as in xnnpack/fuse_sums.h
    ptetool_corrections_hash(_corrections)
    string(SUBSTRING ${PTETOOL_XNNPACK_COMMIT} 0 7 PTETOOL_XNNPACK_VERSION)
    string(SUBSTRING ${_corrections} 0 7 _corrections)
    string(APPEND PTETOOL_XNNPACK_VERSION "-${_corrections}")
  endif()
endif()

if(PTETOOL_XNNPACK_PREFIX)
  _ptetool_xnnpack_libraries("${PTETOOL_XNNPACK_PREFIX}" PTETOOL_XNNPACK_LIBRARIES)
  if(NOT PTETOOL_XNNPACK_LIBRARIES)
    message(FATAL_ERROR "XNNPACK: no library below ${PTETOOL_XNNPACK_PREFIX}")
  endif()
  message(STATUS "XNNPACK: ${PTETOOL_XNNPACK_PREFIX}")
  # By a link, so that another build of XNNPACK recompiles what includes its headers, not everything.
  set(_include_dir "${PROJECT_BINARY_DIR}/xnnpack-include")
  file(CREATE_LINK "${PTETOOL_XNNPACK_PREFIX}/include" "${_include_dir}" SYMBOLIC)
else()
  set(_include_dir "${XNNPACK_INCLUDE_DIR}")
  set(PTETOOL_XNNPACK_LIBRARIES ${_system_libraries})
endif()

add_library(XNNPACK::XNNPACK INTERFACE IMPORTED GLOBAL)
set_target_properties(XNNPACK::XNNPACK PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${_include_dir}"
  INTERFACE_LINK_LIBRARIES "${PTETOOL_XNNPACK_LIBRARIES};Threads::Threads;${CMAKE_DL_LIBS}")
if(UNIX AND NOT APPLE)
  set_property(TARGET XNNPACK::XNNPACK APPEND PROPERTY INTERFACE_LINK_LIBRARIES m)
endif()
