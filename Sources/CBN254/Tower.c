#include "Extension.h"

static void fp6_add(fp6 *r, const fp6 *x, const fp6 *y) {
    for (int i = 0; i < 3; i++) fp2_add(&r->c[i], &x->c[i], &y->c[i]);
}

static void fp6_subtract(fp6 *r, const fp6 *x, const fp6 *y) {
    for (int i = 0; i < 3; i++) fp2_subtract(&r->c[i], &x->c[i], &y->c[i]);
}

static void fp6_negate(fp6 *r, const fp6 *x) {
    for (int i = 0; i < 3; i++) fp2_negate(&r->c[i], &x->c[i]);
}

// Times v.
static void fp6_shift(fp6 *r, const fp6 *x) {
    fp2 top;
    fp2_multiply_xi(&top, &x->c[2]);
    r->c[2] = x->c[1];
    r->c[1] = x->c[0];
    r->c[0] = top;
}

// (x_i + x_j)(y_i + y_j) - p_i - p_j: the sum of the two cross products.
static inline void cross(fp2 *r, const fp6 *x, const fp6 *y, int i, int j, const fp2 *product_i, const fp2 *product_j) {
    fp2 sum_x, sum_y;
    fp2_add(&sum_x, &x->c[i], &x->c[j]);
    fp2_add(&sum_y, &y->c[i], &y->c[j]);
    fp2_multiply(r, &sum_x, &sum_y);
    fp2_subtract(r, r, product_i);
    fp2_subtract(r, r, product_j);
}

static void fp6_multiply(fp6 *r, const fp6 *x, const fp6 *y) {
    fp2 p[3], c12, c01, c02;
    for (int i = 0; i < 3; i++) fp2_multiply(&p[i], &x->c[i], &y->c[i]);
    cross(&c12, x, y, 1, 2, &p[1], &p[2]);
    cross(&c01, x, y, 0, 1, &p[0], &p[1]);
    cross(&c02, x, y, 0, 2, &p[0], &p[2]);
    fp2_multiply_xi(&c12, &c12);
    fp2_add(&r->c[0], &p[0], &c12);
    fp2_add(&r->c[2], &c02, &p[1]);
    fp2_multiply_xi(&p[2], &p[2]);
    fp2_add(&r->c[1], &c01, &p[2]);
}

// Times y0 + y1 v.
static void fp6_multiply_sparse(fp6 *r, const fp6 *x, const fp2 *y0, const fp2 *y1) {
    fp2 p0, p1, sum_x, sum_y, c01, t;
    fp2_multiply(&p0, &x->c[0], y0);
    fp2_multiply(&p1, &x->c[1], y1);
    fp2_add(&sum_x, &x->c[0], &x->c[1]);
    fp2_add(&sum_y, y0, y1);
    fp2_multiply(&c01, &sum_x, &sum_y);
    fp2_subtract(&c01, &c01, &p0);
    fp2_subtract(&c01, &c01, &p1);
    fp2_multiply(&t, &x->c[2], y1);
    fp2_multiply_xi(&t, &t);
    fp2 top;
    fp2_multiply(&top, &x->c[2], y0);
    fp2_add(&r->c[0], &p0, &t);
    r->c[1] = c01;
    fp2_add(&r->c[2], &top, &p1);
}

static void fp6_invert(fp6 *r, const fp6 *x) {
    fp2 a, b, c, t;
    // a = x0^2 - xi x1 x2, b = xi x2^2 - x0 x1, c = x1^2 - x0 x2.
    fp2_multiply(&t, &x->c[1], &x->c[2]);
    fp2_multiply_xi(&t, &t);
    fp2_square(&a, &x->c[0]);
    fp2_subtract(&a, &a, &t);
    fp2_multiply(&t, &x->c[0], &x->c[1]);
    fp2_square(&b, &x->c[2]);
    fp2_multiply_xi(&b, &b);
    fp2_subtract(&b, &b, &t);
    fp2_multiply(&t, &x->c[0], &x->c[2]);
    fp2_square(&c, &x->c[1]);
    fp2_subtract(&c, &c, &t);
    // norm = x0 a + xi (x2 b + x1 c).
    fp2 norm, u;
    fp2_multiply(&norm, &x->c[2], &b);
    fp2_multiply(&u, &x->c[1], &c);
    fp2_add(&norm, &norm, &u);
    fp2_multiply_xi(&norm, &norm);
    fp2_multiply(&u, &x->c[0], &a);
    fp2_add(&norm, &norm, &u);
    fp2_invert(&norm, &norm);
    fp2_multiply(&r->c[0], &a, &norm);
    fp2_multiply(&r->c[1], &b, &norm);
    fp2_multiply(&r->c[2], &c, &norm);
}

void fp12_one(fp12 *r) {
    memset(r, 0, sizeof *r);
    r->a.c[0].a = fp_one;
}

int fp12_is_one(const fp12 *x) {
    fp12 one;
    fp12_one(&one);
    return memcmp(x, &one, sizeof one) == 0;
}

void fp12_multiply(fp12 *r, const fp12 *x, const fp12 *y) {
    fp6 low, high, sum_x, sum_y, shifted;
    fp6_add(&sum_x, &x->a, &x->b);
    fp6_add(&sum_y, &y->a, &y->b);
    fp6_multiply(&low, &x->a, &y->a);
    fp6_multiply(&high, &x->b, &y->b);
    fp6_multiply(&r->b, &sum_x, &sum_y);
    fp6_subtract(&r->b, &r->b, &low);
    fp6_subtract(&r->b, &r->b, &high);
    fp6_shift(&shifted, &high);
    fp6_add(&r->a, &low, &shifted);
}

// (a + b)(a + v b) - ab - v ab, and 2ab.
void fp12_square(fp12 *r, const fp12 *x) {
    fp6 product, sum, mixed, shifted;
    fp6_add(&sum, &x->a, &x->b);
    fp6_shift(&shifted, &x->b);
    fp6_add(&mixed, &x->a, &shifted);
    fp6_multiply(&product, &x->a, &x->b);
    fp6_multiply(&r->a, &sum, &mixed);
    fp6_subtract(&r->a, &r->a, &product);
    fp6_shift(&shifted, &product);
    fp6_subtract(&r->a, &r->a, &shifted);
    fp6_add(&r->b, &product, &product);
}

void fp12_multiply_line(fp12 *r, const fp2 *l0, const fp2 *l1, const fp2 *l3) {
    fp6 low, high, sum, shifted;
    fp2 l01;
    for (int i = 0; i < 3; i++) fp2_multiply(&low.c[i], &r->a.c[i], l0);
    fp6_multiply_sparse(&high, &r->b, l1, l3);
    fp6_add(&sum, &r->a, &r->b);
    fp2_add(&l01, l0, l1);
    fp6_multiply_sparse(&r->b, &sum, &l01, l3);
    fp6_subtract(&r->b, &r->b, &low);
    fp6_subtract(&r->b, &r->b, &high);
    fp6_shift(&shifted, &high);
    fp6_add(&r->a, &low, &shifted);
}

void fp12_conjugate(fp12 *r, const fp12 *x) {
    r->a = x->a;
    fp6_negate(&r->b, &x->b);
}

void fp12_invert(fp12 *r, const fp12 *x) {
    fp6 norm, t;
    fp6_multiply(&norm, &x->a, &x->a);
    fp6_multiply(&t, &x->b, &x->b);
    fp6_shift(&t, &t);
    fp6_subtract(&norm, &norm, &t);
    fp6_invert(&norm, &norm);
    fp6_multiply(&r->a, &x->a, &norm);
    fp6_multiply(&r->b, &x->b, &norm);
    fp6_negate(&r->b, &r->b);
}

void fp12_frobenius(fp12 *r, const fp12 *x) {
    for (int i = 0; i < 3; i++) {
        fp2_conjugate(&r->a.c[i], &x->a.c[i]);
        fp2_conjugate(&r->b.c[i], &x->b.c[i]);
        if (i > 0) fp2_multiply(&r->a.c[i], &r->a.c[i], &frobenius_1[2 * i - 1]);
        fp2_multiply(&r->b.c[i], &r->b.c[i], &frobenius_1[2 * i]);
    }
}

void fp12_frobenius_2(fp12 *r, const fp12 *x) {
    r->a.c[0] = x->a.c[0];
    for (int i = 0; i < 3; i++) {
        if (i > 0) fp2_scale(&r->a.c[i], &x->a.c[i], &frobenius_2[2 * i - 1]);
        fp2_scale(&r->b.c[i], &x->b.c[i], &frobenius_2[2 * i]);
    }
}

// The square of x + y s over fp4 = fp2[s] / (s^2 - xi).
static inline void fp4_square(fp2 *low, fp2 *high, const fp2 *x, const fp2 *y) {
    fp2 square_x, square_y, sum;
    fp2_square(&square_x, x);
    fp2_square(&square_y, y);
    fp2_add(&sum, x, y);
    fp2_square(&sum, &sum);
    fp2_subtract(&sum, &sum, &square_x);
    fp2_subtract(high, &sum, &square_y);
    fp2_multiply_xi(&square_y, &square_y);
    fp2_add(low, &square_x, &square_y);
}

// 3 t - 2 x and 3 t + 2 x.
static inline void triple_minus(fp2 *r, const fp2 *t, const fp2 *x) {
    fp2 d;
    fp2_subtract(&d, t, x);
    fp2_double(&d, &d);
    fp2_add(r, &d, t);
}

static inline void triple_plus(fp2 *r, const fp2 *t, const fp2 *x) {
    fp2 d;
    fp2_add(&d, t, x);
    fp2_double(&d, &d);
    fp2_add(r, &d, t);
}

void fp12_square_cyclotomic(fp12 *r, const fp12 *x) {
    fp2 low0, high0, low1, high1, low2, high2;
    fp4_square(&low0, &high0, &x->a.c[0], &x->b.c[1]);
    fp4_square(&low1, &high1, &x->b.c[0], &x->a.c[2]);
    fp4_square(&low2, &high2, &x->a.c[1], &x->b.c[2]);
    fp2_multiply_xi(&high2, &high2);
    triple_minus(&r->a.c[0], &low0, &x->a.c[0]);
    triple_minus(&r->a.c[1], &low1, &x->a.c[1]);
    triple_minus(&r->a.c[2], &low2, &x->a.c[2]);
    triple_plus(&r->b.c[0], &high2, &x->b.c[0]);
    triple_plus(&r->b.c[1], &high0, &x->b.c[1]);
    triple_plus(&r->b.c[2], &high1, &x->b.c[2]);
}
