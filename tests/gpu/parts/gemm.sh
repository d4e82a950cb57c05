# Matrix products: many knobs of the variant "tiled", and cuBLAS in plain float32
# share: 35

"$python" "$here/gemm.py" "$isobit" "$out" ${rehearse:+--rehearse} ${few:+--few}
