# find_package(isobit) defines isobit::isobit, the shared library, and, where the libraries it
# needs are found through pkg-config, isobit::isobit_static.
include("${CMAKE_CURRENT_LIST_DIR}/isobitSharedTargets.cmake")

find_package(PkgConfig QUIET)
find_package(Threads QUIET)
find_package(ZLIB QUIET)
if(PKG_CONFIG_FOUND AND Threads_FOUND AND ZLIB_FOUND)
    pkg_check_modules(OPENCL QUIET IMPORTED_TARGET OpenCL)
    pkg_check_modules(JANSSON QUIET IMPORTED_TARGET jansson)
    pkg_check_modules(INIH QUIET IMPORTED_TARGET inih)
    pkg_check_modules(NETTLE QUIET IMPORTED_TARGET nettle)
    if(OPENCL_FOUND AND JANSSON_FOUND AND INIH_FOUND AND NETTLE_FOUND)
        include("${CMAKE_CURRENT_LIST_DIR}/isobitStaticTargets.cmake")
    endif()
endif()
