# Writes a C file with every kernel file as an array: cmake -DOUTPUT=… -DFILES=… -P embed.cmake
# Bytes rather than string literals: a literal may hold only 4095 characters in ISO C.
set(arrays "")
set(table "")
foreach(file IN LISTS FILES)
    get_filename_component(name "${file}" NAME)
    string(MAKE_C_IDENTIFIER "${name}" id)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char ${id}[] = {${bytes}0};\n")
    string(APPEND table "    {\"${name}\", (const char *)${id}},\n")
endforeach()
file(WRITE "${OUTPUT}" "/* Made by kernels/embed.cmake. */\n#include \"device/registry.h\"\n\n${arrays}
const iso_embedded iso_embedded_files[] = {\n${table}    {0, 0}};\n")
