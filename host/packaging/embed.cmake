# Writes a C file with files as arrays, and a table of them that ends with a NULL name:
#   cmake -DOUTPUT=… -DFILES=… -DHEADER=… -DTABLE=… -DNAMES=… -P embed.cmake
# HEADER declares TABLE, an array of iso_embedded; NAMES is NAME, or NAME_WE for names without the
# ending. Bytes rather than string literals: a literal may
# hold only 4095 characters in ISO C.
set(arrays "")
set(rows "")
foreach(file IN LISTS FILES)
    get_filename_component(name "${file}" ${NAMES})
    string(MAKE_C_IDENTIFIER "${name}" id)
    file(READ "${file}" hex HEX)
    file(SHA256 "${file}" hash)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char ${id}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", (const char *)${id}, \"${hash}\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "/* Made by host/packaging/embed.cmake. */\n#include \"${HEADER}\"\n\n${arrays}
const iso_embedded ${TABLE}[] = {\n${rows}    {0, 0, 0}};\n")
