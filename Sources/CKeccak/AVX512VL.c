// Four permutations at once with AVX-512's three-operand logic and rotations on 256-bit vectors.
#include "Paths.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512vl")))
#define V __m256i
#define XOR3(a, b, c) _mm256_ternarylogic_epi64(a, b, c, 0x96)
#define CHI(a, b, c) _mm256_ternarylogic_epi64(a, b, c, 0xd2)
#define ROL(a, n) _mm256_rol_epi64(a, n)
#define XOR1(a, constant) _mm256_xor_si256(a, _mm256_set1_epi64x((long long)(constant)))
#include "Rounds.h"

static const long long starts[4] = {0, 25, 50, 75};

AVX512 void ckeccak_permute4_avx512(uint64_t *states) {
    const V index = _mm256_loadu_si256((const V *)starts);
    V lanes[25];
    for (int lane = 0; lane < 25; lane++) lanes[lane] = _mm256_i64gather_epi64((const long long *)states + lane, index, 8);
    ROUNDS(lanes);
    for (int lane = 0; lane < 25; lane++) _mm256_i64scatter_epi64((long long *)states + lane, index, lanes[lane], 8);
}

AVX512 void ckeccak_keystream4_avx512(const uint64_t *prefix, uint64_t first, uint8_t *out) {
    V lanes[25];
    for (int lane = 0; lane < 24; lane++) lanes[lane] = _mm256_set1_epi64x((long long)prefix[lane]);
    lanes[24] = _mm256_add_epi64(_mm256_set1_epi64x((long long)first), _mm256_set_epi64x(3, 2, 1, 0));
    ROUNDS(lanes);
    const V index = _mm256_set_epi64x(216, 144, 72, 0);
    for (int lane = 0; lane < 9; lane++) _mm256_i64scatter_epi64((void *)(out + 8 * lane), index, lanes[lane], 1);
}
#endif
