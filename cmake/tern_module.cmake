# tern_module(<name> HEADERS ... SOURCES ... DEPS ... LIBS ... TESTS ... TEST_DEPS ... FUZZ ...)
#
# One static library `tern_<name>` from the current folder. DEPS are modules of ours, checked against
# cmake/layers.cmake; LIBS are libraries of others, seen by this module and its users. TESTS make one
# GoogleTest program <name>_tests, which may use TEST_DEPS besides; each file of FUZZ makes one
# libFuzzer program when TERN_FUZZ is on. Every header must compile alone.
function(tern_module name)
  cmake_parse_arguments(M "THREADED" "" "HEADERS;SOURCES;DEPS;LIBS;TESTS;TEST_DEPS;FUZZ" ${ARGN})

  if(NOT DEFINED TERN_LAYER_${name})
    message(FATAL_ERROR "module ${name} is not in cmake/layers.cmake")
  endif()
  foreach(dep IN LISTS M_DEPS)
    if(NOT dep IN_LIST TERN_LAYER_${name})
      message(FATAL_ERROR "cmake/layers.cmake does not allow ${name} to use ${dep}")
    endif()
  endforeach()
  list(TRANSFORM M_DEPS PREPEND tern_ OUTPUT_VARIABLE libraries)

  # A module of headers alone still compiles them, each alone.
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(checks)
  foreach(header IN LISTS M_HEADERS)
    string(REPLACE "/" "_" flat "${header}")
    set(check "${CMAKE_CURRENT_BINARY_DIR}/headers/${flat}.cc")
    if(NOT EXISTS "${check}")
      file(WRITE "${check}" "#include \"${folder}/${header}\"\n")
    endif()
    list(APPEND checks "${check}")
  endforeach()

  add_library(tern_${name} STATIC ${M_SOURCES} ${checks})
  target_link_libraries(tern_${name} PUBLIC tern_options ${libraries} ${M_LIBS})

  if(M_TESTS AND NOT TERN_FUZZ)
    list(TRANSFORM M_TEST_DEPS PREPEND tern_ OUTPUT_VARIABLE test_libraries)
    add_executable(${name}_tests ${M_TESTS})
    target_link_libraries(${name}_tests PRIVATE tern_${name} ${test_libraries} GTest::gmock_main)
    add_test(NAME unit_${name} COMMAND ${name}_tests --gtest_brief=1)
    set(labels unit)
    if(M_THREADED)
      list(APPEND labels threaded)
    endif()
    set_tests_properties(unit_${name} PROPERTIES LABELS "${labels}" TIMEOUT 300)
  endif()

  if(TERN_FUZZ)
    foreach(source IN LISTS M_FUZZ)
      get_filename_component(target "${source}" NAME_WE)
      add_executable(${target} ${source})
      target_link_libraries(${target} PRIVATE tern_${name})
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY TERN_FUZZ_TARGETS ${target})
    endforeach()
  endif()
endfunction()
