# Networks over images: gradients and bits of every variant with awkward windows, and 97 % of real digits
build build
cmake --build build --target windows >/dev/null
build/tests/windows --jobs 1
