# Matrix units: the variant "matrix" with many knobs, right and timed, and cuBLAS with TF32 and bfloat16
# share: 45

"$python" "$here/matrix.py" "$isobit" "$out" ${rehearse:+--rehearse} ${few:+--few}
