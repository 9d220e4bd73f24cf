# Language, warnings, sanitizers and the tools that shorten a build.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

set(TERN_SANITIZE "" CACHE STRING "Sanitizers to build with, as in -fsanitize=")
option(TERN_TESTS "Build the tests and compile every header alone" ON)
option(TERN_FUZZ "Build the libFuzzer targets (clang only)" OFF)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  # Code is generated while linking: on all processors, and without gcc 12's false alarm about fmt.
  add_link_options(-flto=auto -Wno-stringop-overflow)
endif()

# What one folder finds, its users in other folders see, too.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(Threads REQUIRED)

# What every target of ours compiles with. Headers of others are SYSTEM and stay silent.
add_library(tern_options INTERFACE)
target_include_directories(tern_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(tern_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -fno-omit-frame-pointer
  # Assertions and debug information name src/..., wherever the tree was built.
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/="
)
target_link_libraries(tern_options INTERFACE Threads::Threads)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # SSE4.2 carries the CRC32C instruction; every x86-64 server since 2009 has it.
  target_compile_options(tern_options INTERFACE -msse4.2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(tern_options INTERFACE -march=armv8-a+crc)
endif()

if(TERN_SANITIZE)
  add_compile_options(-fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${TERN_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 reports false positives in library headers once sanitizers instrument them.
    target_compile_options(tern_options INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds
      -Wno-stringop-overflow -Wno-restrict -Wno-tsan)
  endif()
  set(TERN_SANITIZE_ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allow_addr2line=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")
endif()
if(TERN_FUZZ)
  # The fuzzer steers by coverage, so the code under test must report it, not the target alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
  # clang takes std::stable_sort of gcc 12's library for a use of what C++17 deprecated.
  add_compile_options(-Wno-deprecated-declarations)
endif()
