#ifndef BN254_EXTENSION_H
#define BN254_EXTENSION_H

#include "Constants.h"

// The quadratic extension, and the tower above it: fp6 = fp2[v] / (v^3 - xi), fp12 = fp6[w] / (w^2 - v).

static inline int fp2_is_zero(const fp2 *x) { return fp_is_zero(&x->a) && fp_is_zero(&x->b); }
static inline int fp2_equal(const fp2 *x, const fp2 *y) { return memcmp(x, y, sizeof(fp2)) == 0; }

static inline void fp2_add(fp2 *r, const fp2 *x, const fp2 *y) {
    fp_add(&r->a, &x->a, &y->a);
    fp_add(&r->b, &x->b, &y->b);
}

static inline void fp2_subtract(fp2 *r, const fp2 *x, const fp2 *y) {
    fp_subtract(&r->a, &x->a, &y->a);
    fp_subtract(&r->b, &x->b, &y->b);
}

static inline void fp2_double(fp2 *r, const fp2 *x) { fp2_add(r, x, x); }

static inline void fp2_negate(fp2 *r, const fp2 *x) {
    fp_negate(&r->a, &x->a);
    fp_negate(&r->b, &x->b);
}

static inline void fp2_conjugate(fp2 *r, const fp2 *x) {
    r->a = x->a;
    fp_negate(&r->b, &x->b);
}

static inline void fp2_scale(fp2 *r, const fp2 *x, const fp *factor) {
    fp_multiply(&r->a, &x->a, factor);
    fp_multiply(&r->b, &x->b, factor);
}

static inline void fp2_halve(fp2 *r, const fp2 *x) { fp2_scale(r, x, &fp_half); }

// Karatsuba: three products.
static inline void fp2_multiply(fp2 *r, const fp2 *x, const fp2 *y) {
    fp sum_x, sum_y, low, high, cross;
    fp_add(&sum_x, &x->a, &x->b);
    fp_add(&sum_y, &y->a, &y->b);
    fp_multiply(&low, &x->a, &y->a);
    fp_multiply(&high, &x->b, &y->b);
    fp_multiply(&cross, &sum_x, &sum_y);
    fp_subtract(&cross, &cross, &low);
    fp_subtract(&r->b, &cross, &high);
    fp_subtract(&r->a, &low, &high);
}

// (a + b)(a - b) + 2ab u.
static inline void fp2_square(fp2 *r, const fp2 *x) {
    fp sum, difference, product;
    fp_add(&sum, &x->a, &x->b);
    fp_subtract(&difference, &x->a, &x->b);
    fp_multiply(&product, &x->a, &x->b);
    fp_multiply(&r->a, &sum, &difference);
    fp_double(&r->b, &product);
}

// Times xi = 9 + u.
static inline void fp2_multiply_xi(fp2 *r, const fp2 *x) {
    fp2 nine;
    fp2_double(&nine, x);
    fp2_double(&nine, &nine);
    fp2_double(&nine, &nine);
    fp2_add(&nine, &nine, x);
    fp a = x->a;
    fp_subtract(&r->a, &nine.a, &x->b);
    fp_add(&r->b, &nine.b, &a);
}

static inline void fp2_invert(fp2 *r, const fp2 *x) {
    fp norm, square;
    fp_square(&norm, &x->a);
    fp_square(&square, &x->b);
    fp_add(&norm, &norm, &square);
    bn254_invert(&norm, &norm);
    fp2 conjugate;
    fp2_conjugate(&conjugate, x);
    fp2_scale(r, &conjugate, &norm);
}

typedef struct { fp2 c[3]; } fp6;
typedef struct { fp6 a, b; } fp12;

void fp12_one(fp12 *r);
int fp12_is_one(const fp12 *x);
void fp12_multiply(fp12 *r, const fp12 *x, const fp12 *y);
void fp12_square(fp12 *r, const fp12 *x);
// Times the line l0 + l1 w + l3 w^3.
void fp12_multiply_line(fp12 *r, const fp2 *l0, const fp2 *l1, const fp2 *l3);
void fp12_conjugate(fp12 *r, const fp12 *x);
void fp12_invert(fp12 *r, const fp12 *x);
// The p-th and the p^2-th power.
void fp12_frobenius(fp12 *r, const fp12 *x);
void fp12_frobenius_2(fp12 *r, const fp12 *x);
// The square of an element of the cyclotomic subgroup (Granger and Scott).
void fp12_square_cyclotomic(fp12 *r, const fp12 *x);

#endif
