# Every C file is as clang-format 14 writes it
# one processor
# packages: clang-format-14
bad=$(find host include tests -name '*.[ch]' | sort | while read -r file; do
    clang-format-14 "$file" | cmp -s - "$file" || echo "$file"
done)
[ -z "$bad" ] || {
    echo "not as clang-format 14 writes them; clang-format-14 -i changes them:"
    echo "$bad"
    exit 1
}
