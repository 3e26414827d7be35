# Compiles schema/*.fbs with flatc into <build>/generated/<name>_generated.h, as the target ptetool_schemas.
# A schema may include another one, so each header depends on all of them.

include_guard(GLOBAL)

file(GLOB _schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/schema/*.fbs)
set(_headers "")
foreach(_schema IN LISTS _schemas)
  get_filename_component(_name ${_schema} NAME_WE)
  set(_header ${PTETOOL_GENERATED_DIR}/${_name}_generated.h)
  add_custom_command(
    OUTPUT ${_header}
    COMMAND ${PTETOOL_FLATC} --cpp --scoped-enums --gen-object-api -I ${PROJECT_SOURCE_DIR}/schema -o ${PTETOOL_GENERATED_DIR} ${_schema}
    DEPENDS ${_schemas}
    COMMENT "flatc ${_name}.fbs"
    VERBATIM)
  list(APPEND _headers ${_header})
endforeach()
add_custom_target(ptetool_schemas DEPENDS ${_headers})
