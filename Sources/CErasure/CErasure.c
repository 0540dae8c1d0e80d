#include "CErasure.h"

void cerasure_multiply_add_scalar(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    for (size_t i = 0; i < count; i++) target[i] ^= products[source[i] & 15] ^ products[16 + (source[i] >> 4)];
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2")))
static size_t multiply_add_avx2(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)products));
    __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(products + 16)));
    __m256i nibble = _mm256_set1_epi8(15);
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(source + i));
        __m256i product = _mm256_xor_si256(
            _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble)),
            _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi64(bytes, 4), nibble)));
        __m256i sum = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(target + i)), product);
        _mm256_storeu_si256((__m256i *)(target + i), sum);
    }
    return i;
}

__attribute__((target("ssse3")))
static size_t multiply_add_ssse3(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    __m128i low = _mm_loadu_si128((const __m128i *)products);
    __m128i high = _mm_loadu_si128((const __m128i *)(products + 16));
    __m128i nibble = _mm_set1_epi8(15);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(source + i));
        __m128i product = _mm_xor_si128(
            _mm_shuffle_epi8(low, _mm_and_si128(bytes, nibble)),
            _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi64(bytes, 4), nibble)));
        __m128i sum = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(target + i)), product);
        _mm_storeu_si128((__m128i *)(target + i), sum);
    }
    return i;
}

static size_t multiply_add_vectors(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    if (__builtin_cpu_supports("avx2")) return multiply_add_avx2(target, source, count, products);
    if (__builtin_cpu_supports("ssse3")) return multiply_add_ssse3(target, source, count, products);
    return 0;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

static size_t multiply_add_vectors(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    uint8x16_t low = vld1q_u8(products), high = vld1q_u8(products + 16), nibble = vdupq_n_u8(15);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16_t bytes = vld1q_u8(source + i);
        uint8x16_t product = veorq_u8(vqtbl1q_u8(low, vandq_u8(bytes, nibble)), vqtbl1q_u8(high, vshrq_n_u8(bytes, 4)));
        vst1q_u8(target + i, veorq_u8(vld1q_u8(target + i), product));
    }
    return i;
}

#else

static size_t multiply_add_vectors(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    (void)target, (void)source, (void)count, (void)products;
    return 0;
}

#endif

void cerasure_multiply_add(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]) {
    size_t done = multiply_add_vectors(target, source, count, products);
    cerasure_multiply_add_scalar(target + done, source + done, count - done, products);
}
