#!/bin/sh
# A sample of the ways in which a function or a command can fail: sh test_nth.sh ROOT, in a build
# tree. tests/parts/nth.sh tries them all.
set -eu

[ -x tests/nth ] || { echo "SKIPPED: tests/nth is not built" && exit 77; }
# With one implementation alone: another would stand in for it.
[ ! -f /etc/OpenCL/vendors/pocl.icd ] || export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd
tests/nth --stride 25 devices context settings data model_ resume evaluate predict show eval diverge \
    "train --resume"
