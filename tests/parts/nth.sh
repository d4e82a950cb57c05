# Fail the Nth: a sample of all allocations, writes and OpenCL calls fails, with sanitizers watching
# one processor
# packages: clang-14 libclang-rt-14-dev
build_watched build/sanitize

# What LeakSanitizer says between the cases is in what the program prints; at its end it decides.
[ ! -f /etc/OpenCL/vendors/pocl.icd ] || export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd

# One in eighty of the first and last operation of each call path, where a run takes milliseconds.
# Without arguments it tries all of everything (doctor, bench, train --profile …), for about an hour.
build/sanitize/tests/nth --stride 80 devices context settings data model_ resume evaluate predict show \
    eval check diverge "demo NAME" "train --resume" "train run.ini" "train launch" \
    tune "train by" "train images" "train whitened"
