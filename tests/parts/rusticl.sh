# Mesa's rusticl on llvmpipe: exact-normal, and the recorded bits of tiny trainings
# packages: mesa-opencl-icd

build build
mkdir -p build/cache/mesa

# Mesa's shader cache makes every run but the first quick.
export RUSTICL_ENABLE=llvmpipe MESA_SHADER_CACHE_DIR="$root/build/cache/mesa"
build/isobit doctor --device llvmpipe --variant "resident=off gemm_nt=naive gemm_nn=naive gemm_tn=naive" --runs first | tee build/rusticl.log
grep -q "class     exact-normal$" build/rusticl.log
grep -q "6 of 6 trainings" build/rusticl.log # as they come, and with a launch per operation
