# Every C file is as clang-format 14 would write it
# packages: clang-format-14
find host include tests -name '*.[ch]' -exec clang-format-14 --dry-run --Werror {} +
