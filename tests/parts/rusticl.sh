# Mesa's rusticl on llvmpipe: exact-normal, and the recorded bits of a tiny training
# one processor
# packages: mesa-opencl-icd

build build
mkdir -p build/cache/mesa

# Mesa's shader cache makes every run but the first quick.
export RUSTICL_ENABLE=llvmpipe MESA_SHADER_CACHE_DIR="$root/build/cache/mesa"
build/isobit doctor --device llvmpipe --runs first | tee build/rusticl.log
grep -q "class     exact-normal$" build/rusticl.log
grep -q "2 of 2 trainings" build/rusticl.log
