# A smoke test under valgrind: reading data, a training on PoCL, its model, and bad input
# one processor
# packages: valgrind
build build

work=$root/build/valgrind
rm -rf "$work" && mkdir "$work"
printf 'a,b,kind\n0,0,x\n0,1,y\n1,0,y\n1,1,x\n' >"$work/good.csv"
printf 'a,b,kind\n0,0,x\n0,1\n' >"$work/ragged.csv"
export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd ISOBIT_CACHE=off
export ISOBIT_BUILD_OPTIONS=-cl-opt-disable # compiling is nearly all of the time

checked() { # checked STATUS ARGUMENT …
    wanted=$1 result=0
    shift
    valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --num-callers=30 \
        --suppressions=tests/parts/valgrind.supp build/isobit "$@" || result=$?
    [ "$result" = "$wanted" ] || {
        echo "isobit $1 ended with $result instead of $wanted"
        exit 1
    }
}
checked 0 data digits
checked 0 data "$work/good.csv"
checked 1 data "$work/ragged.csv"
checked 2 train "$work/good.csv" --no-such-option
checked 2 train "$work/good.csv" --net "dense 2 sofmax" --out "$work/none"
checked 0 train "$work/good.csv" --net "dense 2 tanh, dense 2 softmax" --batch 2 --epochs 1 \
    --variant "gemm_nt=naive gemm_nn=naive gemm_tn=naive" --out "$work/run"
checked 0 show "$work/run/model.safetensors"
