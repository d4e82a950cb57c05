# cmake --install: program, libraries, header, and what other builds need to find them.
include(CMakePackageConfigHelpers)

foreach(kind Static Shared)
    string(TOLOWER isobit_${kind} target)
    install(TARGETS ${target} EXPORT isobit${kind}Targets)
    install(EXPORT isobit${kind}Targets NAMESPACE isobit::
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/isobit)
endforeach()
install(TARGETS isobit)
install(FILES include/isobit/isobit.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/isobit)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

write_basic_package_version_file(${PROJECT_BINARY_DIR}/isobitConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES host/packaging/isobitConfig.cmake ${PROJECT_BINARY_DIR}/isobitConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/isobit)

# Relative to where the file lies, so that the prefix can be chosen at installation.
file(RELATIVE_PATH ISOBIT_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
     ${CMAKE_INSTALL_PREFIX})
configure_file(host/packaging/isobit.pc.in isobit.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/isobit.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
