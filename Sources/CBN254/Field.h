#ifndef BN254_FIELD_H
#define BN254_FIELD_H

#include <gmp.h>
#include <stdint.h>
#include <string.h>

// The base field of alt_bn128: four limbs, lowest first, in Montgomery form (R = 2^256), always reduced.
// Nothing here is secret, so nothing has to run in constant time.

typedef struct { uint64_t limb[4]; } fp;
typedef struct { fp a, b; } fp2; // a + b u, u^2 = -1
typedef unsigned __int128 wide;

static const fp fp_modulus = {{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}};
#define FP_MINUS_INVERSE 0x87d20782e4866389ULL // -1/p mod 2^64

static inline int fp_is_zero(const fp *x) { return (x->limb[0] | x->limb[1] | x->limb[2] | x->limb[3]) == 0; }
static inline int fp_equal(const fp *x, const fp *y) { return memcmp(x, y, sizeof(fp)) == 0; }

// Sums and differences with carry; compilers turn these into single instructions.
static inline uint64_t add_carry(uint64_t x, uint64_t y, uint64_t *carry) {
    unsigned long long out;
    uint64_t sum = __builtin_addcll(x, y, *carry, &out);
    *carry = out;
    return sum;
}

static inline uint64_t subtract_borrow(uint64_t x, uint64_t y, uint64_t *borrow) {
    unsigned long long out;
    uint64_t difference = __builtin_subcll(x, y, *borrow, &out);
    *borrow = out;
    return difference;
}

// x - p where that is not negative, else x.
static inline void fp_reduce_once(fp *r, const uint64_t x[4]) {
    uint64_t borrow = 0;
    uint64_t d0 = subtract_borrow(x[0], fp_modulus.limb[0], &borrow);
    uint64_t d1 = subtract_borrow(x[1], fp_modulus.limb[1], &borrow);
    uint64_t d2 = subtract_borrow(x[2], fp_modulus.limb[2], &borrow);
    uint64_t d3 = subtract_borrow(x[3], fp_modulus.limb[3], &borrow);
    r->limb[0] = borrow ? x[0] : d0;
    r->limb[1] = borrow ? x[1] : d1;
    r->limb[2] = borrow ? x[2] : d2;
    r->limb[3] = borrow ? x[3] : d3;
}

// Both are below p < 2^254, so the sum fits.
static inline void fp_add(fp *r, const fp *x, const fp *y) {
    uint64_t sum[4], carry = 0;
    sum[0] = add_carry(x->limb[0], y->limb[0], &carry);
    sum[1] = add_carry(x->limb[1], y->limb[1], &carry);
    sum[2] = add_carry(x->limb[2], y->limb[2], &carry);
    sum[3] = add_carry(x->limb[3], y->limb[3], &carry);
    fp_reduce_once(r, sum);
}

static inline void fp_subtract(fp *r, const fp *x, const fp *y) {
    uint64_t borrow = 0, carry = 0;
    uint64_t d0 = subtract_borrow(x->limb[0], y->limb[0], &borrow);
    uint64_t d1 = subtract_borrow(x->limb[1], y->limb[1], &borrow);
    uint64_t d2 = subtract_borrow(x->limb[2], y->limb[2], &borrow);
    uint64_t d3 = subtract_borrow(x->limb[3], y->limb[3], &borrow);
    uint64_t mask = -borrow;
    r->limb[0] = add_carry(d0, fp_modulus.limb[0] & mask, &carry);
    r->limb[1] = add_carry(d1, fp_modulus.limb[1] & mask, &carry);
    r->limb[2] = add_carry(d2, fp_modulus.limb[2] & mask, &carry);
    r->limb[3] = add_carry(d3, fp_modulus.limb[3] & mask, &carry);
}

static inline void fp_double(fp *r, const fp *x) { fp_add(r, x, x); }

static inline void fp_negate(fp *r, const fp *x) {
    static const fp zero;
    fp_subtract(r, &zero, x);
}

// Montgomery product x y / R, operand scanning; p leaves its top two bits free, so no carry leaves the fourth limb.
static inline void fp_multiply(fp *r, const fp *x, const fp *y) {
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        uint64_t factor = y->limb[i];
        wide product = (wide)x->limb[0] * factor + t0;
        uint64_t high = (uint64_t)(product >> 64);
        uint64_t m = (uint64_t)product * FP_MINUS_INVERSE;
        wide reduced = (wide)m * fp_modulus.limb[0] + (uint64_t)product;

        product = (wide)x->limb[1] * factor + t1 + high;
        high = (uint64_t)(product >> 64);
        reduced = (wide)m * fp_modulus.limb[1] + (uint64_t)product + (uint64_t)(reduced >> 64);
        t0 = (uint64_t)reduced;

        product = (wide)x->limb[2] * factor + t2 + high;
        high = (uint64_t)(product >> 64);
        reduced = (wide)m * fp_modulus.limb[2] + (uint64_t)product + (uint64_t)(reduced >> 64);
        t1 = (uint64_t)reduced;

        product = (wide)x->limb[3] * factor + t3 + high;
        high = (uint64_t)(product >> 64);
        reduced = (wide)m * fp_modulus.limb[3] + (uint64_t)product + (uint64_t)(reduced >> 64);
        t2 = (uint64_t)reduced;
        t3 = (uint64_t)(reduced >> 64) + high;
    }
    uint64_t result[4] = {t0, t1, t2, t3};
    fp_reduce_once(r, result);
}

static inline void fp_square(fp *r, const fp *x) { fp_multiply(r, x, x); }

// The number's inverse; x is not zero.
void bn254_invert(fp *r, const fp *x);
// Reads 32 big-endian bytes; 0 where they are not below p.
int bn254_read(fp *r, const uint8_t bytes[32]);
void bn254_write(uint8_t bytes[32], const fp *x);

#endif
