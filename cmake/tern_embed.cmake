# tern_embed(<out> <symbol> <file>): a source, whose path goes into the variable <out>, that puts
# the file's bytes into the program; `extern "C" const char <symbol>[], <symbol>_end[];` are its
# bounds.
function(tern_embed out symbol file)
  get_filename_component(path "${file}" ABSOLUTE)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cc")
  file(CONFIGURE OUTPUT "${source}" CONTENT [[
asm(".section .rodata\n"
    ".global @symbol@\n"
    ".balign 16\n"
    "@symbol@:\n"
    ".incbin \"@path@\"\n"
    ".global @symbol@_end\n"
    "@symbol@_end:\n"
    ".byte 0\n"
    ".previous\n");
]] @ONLY)
  # Link-time optimization does not see what assembly defines.
  set_source_files_properties("${source}" PROPERTIES
    OBJECT_DEPENDS "${path}" COMPILE_OPTIONS -fno-lto)
  set(${out} "${source}" PARENT_SCOPE)
endfunction()
