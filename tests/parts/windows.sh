# Networks over images: gradients and bits of every variant with awkward windows, and 97 % of real digits
# one processor
build build
build_target build windows
build/tests/windows --jobs 1
