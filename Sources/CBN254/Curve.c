#include "Curve.h"
#include "CBN254.h"

int g1_read(g1_affine *r, const uint8_t bytes[64]) {
    if (!bn254_read(&r->x, bytes) || !bn254_read(&r->y, bytes + 32)) return 0;
    if (g1_is_infinity(r)) return 1;
    fp left, right;
    fp_square(&left, &r->y);
    fp_square(&right, &r->x);
    fp_multiply(&right, &right, &r->x);
    fp_add(&right, &right, &curve_b);
    return fp_equal(&left, &right);
}

// EIP-197 puts the imaginary part first.
int g2_read(g2_affine *r, const uint8_t bytes[128]) {
    if (!bn254_read(&r->x.b, bytes) || !bn254_read(&r->x.a, bytes + 32)) return 0;
    if (!bn254_read(&r->y.b, bytes + 64) || !bn254_read(&r->y.a, bytes + 96)) return 0;
    if (g2_is_infinity(r)) return 1;
    fp2 left, right;
    fp2_square(&left, &r->y);
    fp2_square(&right, &r->x);
    fp2_multiply(&right, &right, &r->x);
    fp2_add(&right, &right, &twist_b);
    return fp2_equal(&left, &right);
}

// dbl-2009-l for a = 0.
static void g1_double(g1 *r, const g1 *p) {
    fp a, b, c, d, e, f;
    fp_square(&a, &p->x);
    fp_square(&b, &p->y);
    fp_square(&c, &b);
    fp_add(&d, &p->x, &b);
    fp_square(&d, &d);
    fp_subtract(&d, &d, &a);
    fp_subtract(&d, &d, &c);
    fp_double(&d, &d);
    fp_double(&e, &a);
    fp_add(&e, &e, &a);
    fp_square(&f, &e);
    fp_multiply(&r->z, &p->y, &p->z);
    fp_double(&r->z, &r->z);
    fp_double(&a, &d);
    fp_subtract(&r->x, &f, &a);
    fp_subtract(&d, &d, &r->x);
    fp_multiply(&d, &d, &e);
    fp_double(&c, &c);
    fp_double(&c, &c);
    fp_double(&c, &c);
    fp_subtract(&r->y, &d, &c);
}

// add-2007-bl; every case is handled: infinity on either side, equal and opposite points.
static void g1_add(g1 *r, const g1 *p, const g1 *q) {
    if (fp_is_zero(&p->z)) { *r = *q; return; }
    if (fp_is_zero(&q->z)) { *r = *p; return; }
    fp z1, z2, u1, u2, s1, s2, h, slope, t;
    fp_square(&z1, &p->z);
    fp_square(&z2, &q->z);
    fp_multiply(&u1, &p->x, &z2);
    fp_multiply(&u2, &q->x, &z1);
    fp_multiply(&s1, &p->y, &q->z);
    fp_multiply(&s1, &s1, &z2);
    fp_multiply(&s2, &q->y, &p->z);
    fp_multiply(&s2, &s2, &z1);
    fp_subtract(&h, &u2, &u1);
    fp_subtract(&slope, &s2, &s1);
    if (fp_is_zero(&h)) {
        if (fp_is_zero(&slope)) g1_double(r, p);
        else memset(r, 0, sizeof *r);
        return;
    }
    fp hh, hhh, v;
    fp_square(&hh, &h);
    fp_multiply(&hhh, &hh, &h);
    fp_multiply(&v, &u1, &hh);
    fp_multiply(&t, &p->z, &q->z);
    fp_multiply(&r->z, &t, &h);
    fp_square(&t, &slope);
    fp_subtract(&t, &t, &hhh);
    fp_subtract(&t, &t, &v);
    fp_subtract(&r->x, &t, &v);
    fp_subtract(&t, &v, &r->x);
    fp_multiply(&t, &t, &slope);
    fp_multiply(&s1, &s1, &hhh);
    fp_subtract(&r->y, &t, &s1);
}

static void g1_from_affine(g1 *r, const g1_affine *p) {
    memset(r, 0, sizeof *r);
    if (g1_is_infinity(p)) return;
    r->x = p->x;
    r->y = p->y;
    r->z = fp_one;
}

static void g1_write(uint8_t out[64], const g1 *p) {
    memset(out, 0, 64);
    if (fp_is_zero(&p->z)) return;
    fp inverse, square, x, y;
    bn254_invert(&inverse, &p->z);
    fp_square(&square, &inverse);
    fp_multiply(&x, &p->x, &square);
    fp_multiply(&square, &square, &inverse);
    fp_multiply(&y, &p->y, &square);
    bn254_write(out, &x);
    bn254_write(out + 32, &y);
}

int cbn254_add(const uint8_t in[128], uint8_t out[64]) {
    g1_affine a, b;
    if (!g1_read(&a, in) || !g1_read(&b, in + 64)) return 0;
    g1 p, q, sum;
    g1_from_affine(&p, &a);
    g1_from_affine(&q, &b);
    g1_add(&sum, &p, &q);
    g1_write(out, &sum);
    return 1;
}

// Four bits of the scalar at a time, highest first.
int cbn254_multiply(const uint8_t in[96], uint8_t out[64]) {
    g1_affine affine;
    if (!g1_read(&affine, in)) return 0;
    g1 table[16], sum;
    memset(&table[0], 0, sizeof(g1));
    g1_from_affine(&table[1], &affine);
    for (int i = 2; i < 16; i++) {
        if (i % 2 == 0) g1_double(&table[i], &table[i / 2]);
        else g1_add(&table[i], &table[i - 1], &table[1]);
    }
    memset(&sum, 0, sizeof sum);
    for (int i = 0; i < 64; i++) {
        for (int j = 0; j < 4; j++) g1_double(&sum, &sum);
        int digit = (in[64 + i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15;
        if (digit != 0) g1_add(&sum, &sum, &table[digit]);
    }
    g1_write(out, &sum);
    return 1;
}
