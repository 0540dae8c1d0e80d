// Eight permutations at once in 512-bit vectors (AVX-512F).
#include "Paths.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))
#define V __m512i
#define XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define CHI(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xd2)
#define ROL(a, n) _mm512_rol_epi64(a, n)
#define XOR1(a, constant) _mm512_xor_si512(a, _mm512_set1_epi64((long long)(constant)))
#include "Rounds.h"

// Turns eight rows of eight lanes into columns: pairs of lanes, then pairs of pairs, then halves.
AVX512 static inline void transpose(V *rows) {
    V pairs[8], quads[8];
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm512_unpacklo_epi64(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi64(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int odd = 0; odd < 2; odd++) {
            quads[i + odd] = _mm512_shuffle_i64x2(pairs[i + odd], pairs[i + odd + 2], 0x88);
            quads[i + odd + 2] = _mm512_shuffle_i64x2(pairs[i + odd], pairs[i + odd + 2], 0xdd);
        }
    }
    for (int i = 0; i < 4; i++) {
        rows[i] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0x88);
        rows[i + 4] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0xdd);
    }
}

static const long long starts[8] = {0, 25, 50, 75, 100, 125, 150, 175};

AVX512 void ckeccak_permute8_avx512(uint64_t *states) {
    const V index = _mm512_loadu_si512(starts);
    V lanes[25];
    for (int lane = 0; lane < 24; lane += 8) {
        for (int state = 0; state < 8; state++) lanes[lane + state] = _mm512_loadu_si512(states + 25 * state + lane);
        transpose(lanes + lane);
    }
    lanes[24] = _mm512_i64gather_epi64(index, states + 24, 8);
    ROUNDS(lanes);
    for (int lane = 0; lane < 24; lane += 8) {
        transpose(lanes + lane);
        for (int state = 0; state < 8; state++) _mm512_storeu_si512(states + 25 * state + lane, lanes[lane + state]);
    }
    _mm512_i64scatter_epi64(states + 24, index, lanes[24], 8);
}

AVX512 void ckeccak_keystream8_avx512(const uint64_t *prefix, uint64_t first, uint8_t *out) {
    V lanes[25];
    for (int lane = 0; lane < 24; lane++) lanes[lane] = _mm512_set1_epi64((long long)prefix[lane]);
    lanes[24] = _mm512_add_epi64(_mm512_set1_epi64((long long)first), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    ROUNDS(lanes);
    uint64_t ninth[8];
    _mm512_storeu_si512(ninth, lanes[8]);
    transpose(lanes);
    for (int block = 0; block < 8; block++) {
        _mm512_storeu_si512(out + 72 * block, lanes[block]);
        __builtin_memcpy(out + 72 * block + 64, ninth + block, 8);
    }
}
#endif
