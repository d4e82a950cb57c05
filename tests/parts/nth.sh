# Fail the Nth: each allocation, write and OpenCL call fails, with sanitizers watching
build build/sanitize -DCMAKE_BUILD_TYPE=RelWithDebInfo -DISOBIT_SANITIZE=address,undefined

# What LeakSanitizer says between the cases is in what the program prints; at its end it decides.
export LSAN_OPTIONS="suppressions=$root/tests/parts/leaks.supp:print_suppressions=0"
export UBSAN_OPTIONS=print_stacktrace=1
[ ! -f /etc/OpenCL/vendors/pocl.icd ] || export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd
build/sanitize/tests/nth
