# What `cmake --install` gives to users of the library (component client): one archive with all that
# it consists of, the public headers, and how CMake and pkg-config find it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(parts tern_base tern_bytes tern_protocol_openwire_codec tern_client)
set(objects)
foreach(part IN LISTS parts)
  list(APPEND objects $<TARGET_OBJECTS:${part}>)
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    # Machine code besides, for whoever links without our compiler's optimizer.
    target_compile_options(${part} PRIVATE -ffat-lto-objects)
  endif()
endforeach()
add_library(ternmq_client STATIC ${objects})
set_target_properties(ternmq_client PROPERTIES
  OUTPUT_NAME ternmq-client EXPORT_NAME client LINKER_LANGUAGE CXX)
target_compile_features(ternmq_client INTERFACE cxx_std_23)
target_include_directories(ternmq_client INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/ternmq>)
target_link_libraries(ternmq_client INTERFACE
  fmt::fmt OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads)

set(public browser connection consumer destination error message options producer requester session
  task value)
list(TRANSFORM public APPEND .h)
install(FILES ${public} COMPONENT client
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ternmq/client)
install(TARGETS ternmq_client EXPORT ternmq-client COMPONENT client
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ternmq-client)
install(EXPORT ternmq-client NAMESPACE ternmq:: FILE ternmq-client-targets.cmake
  COMPONENT client DESTINATION ${package})
configure_package_config_file(ternmq-client-config.cmake.in ternmq-client-config.cmake
  INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(ternmq-client-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ternmq-client-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/ternmq-client-config-version.cmake
  COMPONENT client DESTINATION ${package})

# Found from where it lies, so that the prefix may be chosen when installing.
file(RELATIVE_PATH prefix_from_here /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(ternmq-client.pc.in ternmq-client.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ternmq-client.pc
  COMPONENT client DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
