# tern_module(<name> HEADERS ... SOURCES ... DEPS ... LIBS ... TESTS ... TEST_DEPS ... FUZZ ...
#             [THREADED])
#
# One library `tern_<name>` from the current folder. DEPS are modules of ours, checked against
# cmake/layers.cmake; LIBS are libraries of others, seen by this module and its users. TESTS make
# one GoogleTest program <name>_tests, which may use TEST_DEPS besides; THREADED says that they
# start threads and have to pass under the thread sanitizer, too. Each file of FUZZ makes one
# libFuzzer program when TERN_FUZZ is on; its seeds lie in corpus/<file name without .cc>/ beside
# it. Every header must compile alone.

# What the checks build, instead of everything.
add_custom_target(unit_tests)
add_custom_target(threaded_tests)
add_custom_target(fuzzers)

# One line per fuzz target, "<name> <folder>": ./dev fuzz reads it.
set(TERN_FUZZ_LIST "${CMAKE_BINARY_DIR}/fuzz_targets")
file(WRITE "${TERN_FUZZ_LIST}" "")

function(tern_module name)
  cmake_parse_arguments(M "THREADED" "" "HEADERS;SOURCES;DEPS;LIBS;TESTS;TEST_DEPS;FUZZ" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "module ${name}: what is ${M_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT DEFINED TERN_LAYER_${name})
    message(FATAL_ERROR "module ${name} is not in cmake/layers.cmake")
  endif()
  foreach(dep IN LISTS M_DEPS)
    if(NOT dep IN_LIST TERN_LAYER_${name})
      message(FATAL_ERROR "cmake/layers.cmake does not allow ${name} to use ${dep}")
    endif()
  endforeach()
  list(TRANSFORM M_DEPS PREPEND tern_ OUTPUT_VARIABLE libraries)

  if(M_SOURCES)
    add_library(tern_${name} STATIC ${M_SOURCES})
    target_link_libraries(tern_${name} PUBLIC tern_options ${libraries} ${M_LIBS})
  else()
    add_library(tern_${name} INTERFACE)
    target_link_libraries(tern_${name} INTERFACE tern_options ${libraries} ${M_LIBS})
  endif()

  if(TERN_TESTS)
    tern_module_headers(${name} ${M_HEADERS})
    if(M_TESTS)
      tern_module_tests(${name} "${M_TESTS}" "${M_TEST_DEPS}" ${M_THREADED})
    endif()
  endif()
  if(TERN_FUZZ)
    tern_module_fuzzers(${name} ${M_FUZZ})
  endif()
endfunction()

# Compiles each header alone, unless a source does so already by including its own header first, as
# scripts/check_rules.py makes sure. Once is enough: not again under the sanitizers.
function(tern_module_headers name)
  if(TERN_SANITIZE OR NOT ARGN)
    return()
  endif()
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(checks)
  foreach(header IN LISTS ARGN)
    string(REGEX REPLACE "\\.h$" ".cc" source "${header}")
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      continue()
    endif()
    string(REPLACE "/" "_" flat "${header}")
    set(check "${CMAKE_CURRENT_BINARY_DIR}/headers/${flat}.cc")
    file(CONFIGURE OUTPUT "${check}" CONTENT "#include \"${folder}/${header}\"\n" @ONLY)
    list(APPEND checks "${check}")
  endforeach()
  if(NOT checks)
    return()
  endif()
  add_library(${name}_headers OBJECT ${checks})
  target_link_libraries(${name}_headers PRIVATE tern_${name})
  target_compile_options(${name}_headers PRIVATE -O0 -g0)
endfunction()

function(tern_module_tests name sources deps threaded)
  list(TRANSFORM deps PREPEND tern_)
  add_executable(${name}_tests ${sources})
  if(NOT TERN_SANITIZE)
    # What a test says runs once; half of the compiler's time would go into making it quick.
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
  target_link_libraries(${name}_tests PRIVATE tern_${name} ${deps} GTest::gmock_main)
  add_dependencies(unit_tests ${name}_tests)
  if(TARGET ${name}_headers)
    add_dependencies(${name}_tests ${name}_headers)
  endif()

  set(labels unit)
  if(threaded)
    list(APPEND labels threaded)
    add_dependencies(threaded_tests ${name}_tests)
  endif()
  add_test(NAME unit_${name} COMMAND ${name}_tests --gtest_brief=1)
  set_tests_properties(unit_${name} PROPERTIES
    LABELS "${labels}" TIMEOUT 300 ENVIRONMENT "${TERN_SANITIZE_ENVIRONMENT}")
endfunction()

function(tern_module_fuzzers name)
  foreach(source IN LISTS ARGN)
    get_filename_component(target "${source}" NAME_WE)
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE tern_${name})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${target})
    file(APPEND "${TERN_FUZZ_LIST}" "${target} ${CMAKE_CURRENT_SOURCE_DIR}\n")
  endforeach()
endfunction()
