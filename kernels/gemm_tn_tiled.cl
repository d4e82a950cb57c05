//@ op      gemm_tn
//@ variant tiled
//@ knob    ROWS 4 8               rows of C per work-item
//@ knob    COLUMNS 4 8            columns of C per work-item
//@ knob    UP 8 16 4              work-items along the rows
//@ knob    ACROSS 8 4             work-items along the columns
//@ knob    SLAB 16 8              terms of the sums that are in local memory at a time
//@ knob    TEAMS 1 2 4            chunks of the sums that are computed at the same time
//@ width   4
//@ local   TEAMS*UP ACROSS
//@ tile    UP*ROWS ACROSS*COLUMNS
//@ require 8*TEAMS*SLAB*(UP*ROWS+ACROSS*COLUMNS+8)+64*(TEAMS>1)*UP*ACROSS<=LOCAL && TEAMS*UP*ACROSS<=256
//@ default gpu ROWS=8 COLUMNS=8 UP=16 ACROSS=8 if 4*GROUPS>=3*UNITS
//@ default gpu ROWS=4 COLUMNS=4 UP=8 ACROSS=8 if 10*GROUPS>=19*UNITS
//@ default gpu ROWS=4 COLUMNS=4 UP=4 ACROSS=8 TEAMS=4 if K>256
//@ default gpu ROWS=4 COLUMNS=4 UP=4 ACROSS=8
//
// C[M,N] = A[K,M]^T * B[K,N], row-major; any M, N, K >= 1; masks its own edges; writes every element of C once,
// through STORE(value, row, column), and never reads it.
//
// For GPUs: tiled.h has it all. Both operands lie across the terms, as local memory wants them.
// The larger a tile, the fewer loads for a product; the smaller, the more work-groups for many units;
// and where those are few, teams compute chunks of longer sums side by side.

kernel __attribute__((reqd_work_group_size(ACROSS, TEAMS * UP, 1)))
void gemm_tn(const uint M, const uint N, const uint K, const uint lda, const uint ldb,
             global const float *restrict A, global const float *restrict B, STORE_PARAMS) {
    local float4 a[TEAMS * SLABS(TILE_ROWS)], b[TEAMS * SLABS(TILE_COLUMNS)], exchange[EXCHANGE];
    iso_total total[ROWS][COLUMNS / 4];
    iso_tile(false, false, M, N, K, lda, ldb, A, B, a, b, exchange, total);
    iso_tile_store(M, N, total, STORE_NAMES);
}
