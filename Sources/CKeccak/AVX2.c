// Four permutations at once in 256-bit vectors (AVX2).
#include "Paths.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define V __m256i
#define XOR3(a, b, c) _mm256_xor_si256(a, _mm256_xor_si256(b, c))
#define CHI(a, b, c) _mm256_xor_si256(a, _mm256_andnot_si256(b, c))
#define ROL(a, n) _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - (n)))
#define XOR1(a, constant) _mm256_xor_si256(a, _mm256_set1_epi64x((long long)(constant)))
#include "Rounds.h"

AVX2 static inline void transpose(V *rows) {
    const V a = _mm256_unpacklo_epi64(rows[0], rows[1]), b = _mm256_unpackhi_epi64(rows[0], rows[1]);
    const V c = _mm256_unpacklo_epi64(rows[2], rows[3]), d = _mm256_unpackhi_epi64(rows[2], rows[3]);
    rows[0] = _mm256_permute2x128_si256(a, c, 0x20);
    rows[1] = _mm256_permute2x128_si256(b, d, 0x20);
    rows[2] = _mm256_permute2x128_si256(a, c, 0x31);
    rows[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

AVX2 void ckeccak_permute4_avx2(uint64_t *states) {
    V lanes[25];
    for (int lane = 0; lane < 24; lane += 4) {
        for (int state = 0; state < 4; state++) lanes[lane + state] = _mm256_loadu_si256((const V *)(states + 25 * state + lane));
        transpose(lanes + lane);
    }
    lanes[24] = _mm256_set_epi64x((long long)states[99], (long long)states[74], (long long)states[49], (long long)states[24]);
    ROUNDS(lanes);
    for (int lane = 0; lane < 24; lane += 4) {
        transpose(lanes + lane);
        for (int state = 0; state < 4; state++) _mm256_storeu_si256((V *)(states + 25 * state + lane), lanes[lane + state]);
    }
    uint64_t last[4];
    _mm256_storeu_si256((V *)last, lanes[24]);
    for (int state = 0; state < 4; state++) states[25 * state + 24] = last[state];
}

AVX2 void ckeccak_keystream4_avx2(const uint64_t *prefix, uint64_t first, uint8_t *out) {
    V lanes[25];
    for (int lane = 0; lane < 24; lane++) lanes[lane] = _mm256_set1_epi64x((long long)prefix[lane]);
    lanes[24] = _mm256_add_epi64(_mm256_set1_epi64x((long long)first), _mm256_set_epi64x(3, 2, 1, 0));
    ROUNDS(lanes);
    uint64_t ninth[4];
    _mm256_storeu_si256((V *)ninth, lanes[8]);
    transpose(lanes);
    transpose(lanes + 4);
    for (int block = 0; block < 4; block++) {
        _mm256_storeu_si256((V *)(out + 72 * block), lanes[block]);
        _mm256_storeu_si256((V *)(out + 72 * block + 32), lanes[4 + block]);
        __builtin_memcpy(out + 72 * block + 64, ninth + block, 8);
    }
}
#endif
