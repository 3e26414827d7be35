# Builds XNNPACK from source, once per machine and compiler, into the user's cache.
#
# Distributions ship XNNPACK rarely and late, and it takes longer to build than ptetool itself; so it is built
# apart from the project, always optimised, and shared by every preset (a sanitizer build links the same archive).
# Sources come from the first place that has them: the download cache, the mirror that apt already uses, upstream.
# Promise: the result appears under its final name only when it is complete, and two configures do not collide.

include_guard(GLOBAL)
include(ProcessorCount)
include(${CMAKE_CURRENT_LIST_DIR}/XnnpackCorrections.cmake)

# One row per archive: name | file | path below a Debian mirror's pool | SHA-256.
# A name with several rows is satisfied by the first that can be had.
set(_xnn_pool_archives
  "xnnpack|xnnpack_0.0~git20241108.4ea82e5.orig.tar.xz|main/x/xnnpack|90bde2caef0f880f627bab0dc805a86c4b8070cd98e3243db3046ab3f3be1a99"
  "cpuinfo|cpuinfo_0.0~git20250905.877328f.orig.tar.xz|main/c/cpuinfo|557ca404a3836b9f335a3a06b65ff9fe9dbaaefab7fb5c0185f53d9f33615a10"
  "pthreadpool|pthreadpool_0.0~git20251020.0e6ca13.orig.tar.xz|main/p/pthreadpool|7a385b6585abe8f8658952c50b44a1dabe200de2c88eabe65d15168b8a82295c"
  "pthreadpool|pthreadpool_0.0~git20240616.560c60d.orig.tar.xz|main/p/pthreadpool|4cc3cbd933b28131d2a34edc54f76af9fb41bc490af5eae1a5bd3cd07ea90708")

# Upstream: XNNPACK by commit; its companions as the archives (and hashes) that this XNNPACK commit itself names in
# its cmake/Download*.cmake files. Row: name | file | address | SHA-256.
set(PTETOOL_XNNPACK_COMMIT 4ea82e595b36106653175dcb04b2aa532660d0d8)
set(_xnn_upstream https://github.com/google/XNNPACK.git)
set(_xnn_upstream_archives
  "cpuinfo|cpuinfo-dff2616.zip|https://github.com/pytorch/cpuinfo/archive/dff2616ddd49122b63abcf44d2c097483b77f861.zip|a57f2b93704fe49ad37fa3ef5ce8208443d6b589b89653341332bcf51aa6dde3"
  "pthreadpool|pthreadpool-4fe0e1e.zip|https://github.com/Maratyszcza/pthreadpool/archive/4fe0e1e183925bf8cfa6aae24237e724a96479b8.zip|a4cf06de57bfdf8d7b537c61f1c3071bce74e57524fe053e0bbd2332feca7f95"
  "fxdiv|FXdiv-b408327.zip|https://github.com/Maratyszcza/FXdiv/archive/b408327ac2a15ec3e43352421954f5b1967701d1.zip|ab7dfb08829bee33dca38405d647868fb214ac685e379ec7ef2bebcd234cd44d")

# Logging is off: in this library's place, only the caller knows which refusals deserve a line on stderr.
set(_xnn_flags
  -DCMAKE_BUILD_TYPE=Release
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  -DCMAKE_INSTALL_LIBDIR=lib
  -DXNNPACK_LIBRARY_TYPE=static
  -DXNNPACK_BUILD_TESTS=OFF
  -DXNNPACK_BUILD_BENCHMARKS=OFF
  -DXNNPACK_BUILD_ALL_MICROKERNELS=OFF
  -DXNNPACK_ENABLE_AVXVNNIINT8=OFF
  -DXNNPACK_ENABLE_KLEIDIAI=OFF
  -DCPUINFO_LIBRARY_TYPE=static
  -DCPUINFO_LOG_LEVEL=none
  -DCPUINFO_BUILD_PKG_CONFIG=OFF
  -DPTHREADPOOL_LIBRARY_TYPE=static)

set(_xnn_here "${CMAKE_CURRENT_LIST_DIR}")

# The user's cache folder of this project; a build folder is the last resort where there is no home.
function(ptetool_cache_dir out)
  if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(${out} "$ENV{XDG_CACHE_HOME}/ptetool" PARENT_SCOPE)
  elseif(DEFINED ENV{HOME} AND NOT "$ENV{HOME}" STREQUAL "")
    set(${out} "$ENV{HOME}/.cache/ptetool" PARENT_SCOPE)
  else()
    set(${out} "${CMAKE_BINARY_DIR}/cache" PARENT_SCOPE)
  endif()
endfunction()

# Where the build of these sources, flags and compilers lives.
function(ptetool_xnnpack_prefix out)
  ptetool_cache_dir(cache)
  file(SHA256 "${_xnn_here}/xnnpack_python.sh" shim)
  ptetool_corrections_hash(corrections)
  string(SHA256 key "${_xnn_pool_archives};${PTETOOL_XNNPACK_COMMIT};${_xnn_upstream_archives};${_xnn_flags};${corrections};${shim};\
${CMAKE_C_COMPILER_ID};${CMAKE_C_COMPILER_VERSION};${CMAKE_CXX_COMPILER_ID};${CMAKE_CXX_COMPILER_VERSION};\
${CMAKE_SYSTEM_NAME};${CMAKE_SYSTEM_PROCESSOR};${CMAKE_OSX_ARCHITECTURES};${CMAKE_TOOLCHAIN_FILE}")
  string(SUBSTRING "${key}" 0 16 key)
  set(${out} "${cache}/xnnpack-${key}" PARENT_SCOPE)
endfunction()

# Sets `out` to TRUE when `file` exists with that SHA-256; a file with another content is removed.
function(_xnn_have file sha256 out)
  set(${out} FALSE PARENT_SCOPE)
  if(EXISTS "${file}")
    file(SHA256 "${file}" actual)
    if(actual STREQUAL sha256)
      set(${out} TRUE PARENT_SCOPE)
    else()
      file(REMOVE "${file}")
    endif()
  endif()
endfunction()

function(_xnn_mirrors out)
  find_program(APT_GET_PROGRAM apt-get)
  mark_as_advanced(APT_GET_PROGRAM)
  set(sites "")
  if(APT_GET_PROGRAM)
    execute_process(COMMAND ${APT_GET_PROGRAM} indextargets --format "$(SITE)"
      OUTPUT_VARIABLE sites ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "\n" ";" sites "${sites}")
    list(REMOVE_DUPLICATES sites)
  endif()
  set(${out} "${sites}" PARENT_SCOPE)
endfunction()

# Fetches to `file` with apt's own transport (it knows proxies, credentials and every kind of mirror), else with CMake's.
function(_xnn_download url file sha256 out)
  get_filename_component(name "${file}" NAME)
  message(STATUS "XNNPACK: fetching ${name}")
  file(REMOVE "${file}.part")
  find_program(APT_HELPER_PROGRAM apt-helper PATHS /usr/lib/apt /usr/libexec/apt)
  mark_as_advanced(APT_HELPER_PROGRAM)
  if(APT_HELPER_PROGRAM AND NOT url MATCHES "^https://github.com/")
    execute_process(COMMAND ${APT_HELPER_PROGRAM} -o APT::Sandbox::User=
      download-file "${url}" "${file}.part" "SHA256:${sha256}" OUTPUT_QUIET ERROR_QUIET)
  endif()
  _xnn_have("${file}.part" ${sha256} good)
  if(NOT good AND url MATCHES "^(https?|file):")
    file(DOWNLOAD "${url}" "${file}.part" STATUS status INACTIVITY_TIMEOUT 30)
    _xnn_have("${file}.part" ${sha256} good)
  endif()
  if(good)
    file(RENAME "${file}.part" "${file}")
  endif()
  set(${out} ${good} PARENT_SCOPE)
endfunction()

# Unpacks into `dir`, with or without a top folder in the archive.
function(_xnn_unpack archive dir)
  file(REMOVE_RECURSE "${dir}" "${dir}.unpack")
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${dir}.unpack")
  file(GLOB entries "${dir}.unpack/*")
  list(LENGTH entries count)
  if(count EQUAL 1 AND IS_DIRECTORY "${entries}")
    file(RENAME "${entries}" "${dir}")
    file(REMOVE_RECURSE "${dir}.unpack")
  else()
    file(RENAME "${dir}.unpack" "${dir}")
  endif()
endfunction()

# Puts the sources of `name` into `work`/`name`; appends to the variable `from` what it used.
function(_xnn_get_source name downloads work out)
  set(${out} FALSE PARENT_SCOPE)
  foreach(pass IN ITEMS cached pool upstream)
    if(pass STREQUAL "upstream")
      set(rows ${_xnn_upstream_archives})
    else()
      set(rows ${_xnn_pool_archives} ${_xnn_upstream_archives})
    endif()
    foreach(row IN LISTS rows)
      string(REPLACE "|" ";" row "${row}")
      list(GET row 0 row_name)
      list(GET row 1 file_name)
      list(GET row 2 place)
      list(GET row 3 sha256)
      if(NOT row_name STREQUAL name)
        continue()
      endif()
      set(file "${downloads}/${file_name}")
      _xnn_have("${file}" ${sha256} good)
      if(NOT good AND pass STREQUAL "pool" AND NOT place MATCHES "^https:")
        _xnn_mirrors(mirrors)
        foreach(mirror IN LISTS mirrors)
          _xnn_download("${mirror}/pool/${place}/${file_name}" "${file}" ${sha256} good)
          if(good)
            break()
          endif()
        endforeach()
      elseif(NOT good AND pass STREQUAL "upstream")
        _xnn_download("${place}" "${file}" ${sha256} good)
      endif()
      if(good)
        _xnn_unpack("${file}" "${work}/${name}")
        file(APPEND "${work}/sources.txt" "${file_name} ${sha256}\n")
        set(${out} TRUE PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  if(name STREQUAL "xnnpack")
    find_program(GIT_PROGRAM git)
    mark_as_advanced(GIT_PROGRAM)
    if(GIT_PROGRAM)
      message(STATUS "XNNPACK: fetching commit ${PTETOOL_XNNPACK_COMMIT} from upstream")
      file(MAKE_DIRECTORY "${work}/xnnpack")
      execute_process(
        COMMAND ${GIT_PROGRAM} -C "${work}/xnnpack" init --quiet
        COMMAND_ERROR_IS_FATAL ANY)
      execute_process(
        COMMAND ${GIT_PROGRAM} -C "${work}/xnnpack" fetch --quiet --depth 1 ${_xnn_upstream} ${PTETOOL_XNNPACK_COMMIT}
        RESULT_VARIABLE failed)
      if(NOT failed)
        execute_process(COMMAND ${GIT_PROGRAM} -C "${work}/xnnpack" checkout --quiet ${PTETOOL_XNNPACK_COMMIT}
          RESULT_VARIABLE failed)
      endif()
      if(NOT failed)
        file(APPEND "${work}/sources.txt" "XNNPACK commit ${PTETOOL_XNNPACK_COMMIT}\n")
        set(${out} TRUE PARENT_SCOPE)
      endif()
    endif()
  endif()
endfunction()

# FXdiv is one header: the system's where it is installed. Its own build file is too old for today's CMake, and
# XNNPACK asks for a folder that declares the target, so the folder is made here.
function(_xnn_get_fxdiv downloads work out)
  set(${out} TRUE PARENT_SCOPE)
  find_path(FXDIV_INCLUDE_DIR fxdiv.h)
  mark_as_advanced(FXDIV_INCLUDE_DIR)
  if(FXDIV_INCLUDE_DIR)
    file(COPY "${FXDIV_INCLUDE_DIR}/fxdiv.h" DESTINATION "${work}/fxdiv/include")
    file(APPEND "${work}/sources.txt" "fxdiv.h of the system\n")
  else()
    _xnn_get_source(fxdiv "${downloads}" "${work}" good)
    if(NOT good)
      set(${out} FALSE PARENT_SCOPE)
      return()
    endif()
  endif()
  file(WRITE "${work}/fxdiv/CMakeLists.txt" "cmake_minimum_required(VERSION 3.20)\nproject(fxdiv NONE)\n\
add_library(fxdiv INTERFACE)\ntarget_include_directories(fxdiv INTERFACE \"\${CMAKE_CURRENT_SOURCE_DIR}/include\")\n")
endfunction()

function(_xnn_compile work prefix)
  find_program(NINJA_PROGRAM NAMES ninja ninja-build)
  mark_as_advanced(NINJA_PROGRAM)
  if(NINJA_PROGRAM)
    set(generator -G Ninja)
  else()
    set(generator -G "Unix Makefiles")
  endif()
  foreach(variable IN ITEMS CMAKE_OSX_ARCHITECTURES CMAKE_TOOLCHAIN_FILE)
    if(${variable})
      list(APPEND generator "-D${variable}=${${variable}}")
    endif()
  endforeach()
  ProcessorCount(jobs)
  if(jobs EQUAL 0)
    set(jobs 2)
  endif()
  set(log "${work}/build.log")

  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=CFLAGS --unset=CXXFLAGS --unset=LDFLAGS --unset=DESTDIR
      ${CMAKE_COMMAND} -S "${work}/xnnpack" -B "${work}/build" ${generator} ${_xnn_flags} -Wno-dev -Wno-deprecated
      "-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
      "-DPython_EXECUTABLE=${_xnn_here}/xnnpack_python.sh"
      "-DCPUINFO_SOURCE_DIR=${work}/cpuinfo" "-DPTHREADPOOL_SOURCE_DIR=${work}/pthreadpool"
      "-DFXDIV_SOURCE_DIR=${work}/fxdiv" "-DCMAKE_INSTALL_PREFIX=${work}/install"
    OUTPUT_FILE "${log}" ERROR_FILE "${log}" RESULT_VARIABLE failed)
  if(NOT failed)
    # The build's own lines go to the log; here every tenth part is enough.
    execute_process(
      COMMAND ${CMAKE_COMMAND} --build "${work}/build" --parallel ${jobs}
      COMMAND awk -v "log_file=${log}" "{ print >> log_file }
        match($0, /^\\[ *[0-9]+\\/[0-9]+\\]/) { split(substr($0, 2, RLENGTH - 2), n, \"/\"); part = int(10 * n[1] / n[2]) }
        match($0, /^\\[ *[0-9]+%\\]/) { part = int(substr($0, 2, RLENGTH - 3) / 10) }
        part > shown { shown = part; print \"-- XNNPACK: \" part * 10 \" %\"; fflush() }"
      RESULTS_VARIABLE results)
    list(GET results 0 failed)
  endif()
  if(NOT failed)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env --unset=DESTDIR ${CMAKE_COMMAND} --install "${work}/build"
      OUTPUT_QUIET RESULT_VARIABLE failed)
  endif()
  if(failed)
    file(READ "${log}" tail)
    string(LENGTH "${tail}" length)
    if(length GREATER 4000)
      math(EXPR start "${length} - 4000")
      string(SUBSTRING "${tail}" ${start} -1 tail)
    endif()
    message(FATAL_ERROR "XNNPACK did not build; the end of ${log}:\n${tail}")
  endif()

  file(COPY "${work}/sources.txt" DESTINATION "${work}/install")
  foreach(name IN ITEMS xnnpack cpuinfo pthreadpool)
    file(COPY_FILE "${work}/${name}/LICENSE" "${work}/install/LICENSE.${name}")
  endforeach()
  file(RENAME "${work}/install" "${prefix}")
endfunction()

# Makes sure that `prefix` holds include/ and lib/ of XNNPACK; builds it if it does not.
function(ptetool_build_xnnpack prefix)
  if(IS_DIRECTORY "${prefix}")
    return()
  endif()
  ptetool_cache_dir(cache)
  set(downloads "${cache}/downloads")
  file(MAKE_DIRECTORY "${downloads}")
  file(LOCK "${prefix}.lock" GUARD FUNCTION TIMEOUT 0 RESULT_VARIABLE busy)
  if(busy)
    message(STATUS "XNNPACK: another configure is building it, waiting")
    file(LOCK "${prefix}.lock" GUARD FUNCTION TIMEOUT 3600)
  endif()
  if(IS_DIRECTORY "${prefix}")
    return()
  endif()

  set(work "${prefix}.work")
  file(REMOVE_RECURSE "${work}")
  file(MAKE_DIRECTORY "${work}")
  foreach(name IN ITEMS xnnpack cpuinfo pthreadpool)
    _xnn_get_source(${name} "${downloads}" "${work}" good)
    if(NOT good)
      list(APPEND missing ${name})
    endif()
  endforeach()
  _xnn_get_fxdiv("${downloads}" "${work}" good)
  if(NOT good)
    list(APPEND missing fxdiv)
  endif()
  if(missing)
    file(REMOVE_RECURSE "${work}")
    set(wanted "")
    foreach(row IN LISTS _xnn_pool_archives)
      string(REPLACE "|" ";" row "${row}")
      list(GET row 1 file_name)
      list(GET row 2 place)
      string(APPEND wanted "  pool/${place}/${file_name}\n")
    endforeach()
    message(FATAL_ERROR "XNNPACK: no sources for: ${missing}\n"
      "Neither apt's mirror nor upstream could be reached. Either put these files of a Debian mirror into ${downloads}:\n"
      "${wanted}(and install libfxdiv-dev), or point -DPTETOOL_XNNPACK_ROOT= at an installed XNNPACK "
      "(commit 4ea82e5 or newer).")
  endif()
  ptetool_correct_xnnpack("${work}")
  message(STATUS "XNNPACK: building it once for this machine (one to two minutes on two cores) into ${prefix}")
  _xnn_compile("${work}" "${prefix}")
  file(REMOVE_RECURSE "${work}")
  message(STATUS "XNNPACK: done")
endfunction()
