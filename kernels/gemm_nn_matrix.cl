//@ op      gemm_nn
//@ variant matrix
//@ knob    BF16 0 1               factors are rounded to bfloat16, else to TF32
//@ knob    WARP_ROWS 32 64        rows of C per warp of 32 work-items
//@ knob    WARP_COLUMNS 32 64     columns of C per warp
//@ knob    UP 1 2 4               warps along the rows
//@ knob    ACROSS 1 2 4           warps along the columns
//@ knob    SLAB 16 8 32           terms of the sums that come to local memory at a time
//@ knob    STAGES 3 2 4 6         slabs that local memory holds
//@ local   UP 32*ACROSS
//@ tile    UP*WARP_ROWS ACROSS*WARP_COLUMNS
//@ require 4*STAGES*SLAB*(UP*WARP_ROWS+ACROSS*WARP_COLUMNS)+1024*(MATRIX_UNITS==0)*UP*ACROSS<=LOCAL && 64*UP*ACROSS*WARP_COLUMNS<=4*STAGES*SLAB*(UP*WARP_ROWS+ACROSS*WARP_COLUMNS) && UP*ACROSS<=8 && SLAB%(8+8*BF16)==0 && WARP_ROWS*SLAB%(128*ACROSS)==0 && WARP_COLUMNS*SLAB%(128*UP)==0
//@ default gpu WARP_ROWS=64 WARP_COLUMNS=64 UP=2 ACROSS=2 if 10*GROUPS>=19*UNITS
//@ default gpu WARP_COLUMNS=64 UP=2 ACROSS=2 STAGES=4
//@ inexact
//
// C[M,N] = A[M,K] * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE(value, row, column), and never reads it.
//
// For matrix units: matrix.h has it all. A lies along the terms, B along the columns of C.

kernel __attribute__((reqd_work_group_size(32 * ACROSS, UP, 1)))
void gemm_nn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    local uint4 slabs[LOCAL_QUADS];
    float sum[A_TILES][2 * B_TILES][4];
    const uint2 at = iso_tile_of_group(M, N);
    iso_tile(true, false, M, N, K, lda, ldb, A, B, at, slabs, sum);
    iso_tile_store(M, N, at, slabs, sum, STORE_NAMES);
}
