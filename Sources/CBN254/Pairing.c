#include "Curve.h"
#include "CBN254.h"

// The optimal ate pairing. Points of the twist run in homogeneous coordinates (Costello, Lange, Naehrig 2010);
// a line through them, at a point (x, y) of the curve, is c0 y + c1 x w + c3 w^3 up to factors that the final
// exponentiation removes.

typedef struct { fp2 x, y, z; } twist_point;
typedef struct { fp2 c0, c1, c3; } line;

static void double_step(line *l, twist_point *t) {
    fp2 a, b, c, e, f, g, h, j;
    fp2_multiply(&a, &t->x, &t->y);
    fp2_halve(&a, &a);
    fp2_square(&b, &t->y);
    fp2_square(&c, &t->z);
    fp2_double(&e, &c);
    fp2_add(&e, &e, &c);
    fp2_multiply(&e, &e, &twist_b); // 3 b z^2
    fp2_double(&f, &e);
    fp2_add(&f, &f, &e);
    fp2_add(&g, &b, &f);
    fp2_halve(&g, &g);
    fp2_add(&h, &t->y, &t->z);
    fp2_square(&h, &h);
    fp2_subtract(&h, &h, &b);
    fp2_subtract(&h, &h, &c); // 2 y z
    fp2_square(&j, &t->x);

    fp2_negate(&l->c0, &h);
    fp2_double(&l->c1, &j);
    fp2_add(&l->c1, &l->c1, &j);
    fp2_subtract(&l->c3, &e, &b);

    fp2_subtract(&t->x, &b, &f);
    fp2_multiply(&t->x, &t->x, &a);
    fp2_square(&g, &g);
    fp2_square(&e, &e);
    fp2_double(&a, &e);
    fp2_add(&a, &a, &e);
    fp2_subtract(&t->y, &g, &a);
    fp2_multiply(&t->z, &b, &h);
}

// Where t = q or t = -q, z becomes zero and stays so.
static void add_step(line *l, twist_point *t, const g2_affine *q) {
    fp2 o, m, c, d, e, f, g, h, u;
    fp2_multiply(&o, &q->y, &t->z);
    fp2_subtract(&o, &t->y, &o);
    fp2_multiply(&m, &q->x, &t->z);
    fp2_subtract(&m, &t->x, &m);
    fp2_square(&c, &o);
    fp2_square(&d, &m);
    fp2_multiply(&e, &m, &d);
    fp2_multiply(&f, &t->z, &c);
    fp2_multiply(&g, &t->x, &d);
    fp2_add(&h, &e, &f);
    fp2_subtract(&h, &h, &g);
    fp2_subtract(&h, &h, &g);

    l->c0 = m;
    fp2_negate(&l->c1, &o);
    fp2_multiply(&l->c3, &q->x, &o);
    fp2_multiply(&u, &m, &q->y);
    fp2_subtract(&l->c3, &l->c3, &u);

    fp2_multiply(&u, &t->y, &e);
    fp2_multiply(&t->x, &m, &h);
    fp2_subtract(&g, &g, &h);
    fp2_multiply(&g, &g, &o);
    fp2_subtract(&t->y, &g, &u);
    fp2_multiply(&t->z, &t->z, &e);
}

static void apply(fp12 *f, line *l, const g1_affine *p) {
    if (g1_is_infinity(p)) return; // the pairing is one; the walk goes on for the check of the subgroup
    fp2_scale(&l->c0, &l->c0, &p->y);
    fp2_scale(&l->c1, &l->c1, &p->x);
    fp12_multiply_line(f, &l->c0, &l->c1, &l->c3);
}

// The Frobenius map carried to the twist.
static void twist_frobenius(g2_affine *r, const g2_affine *q) {
    fp2_conjugate(&r->x, &q->x);
    fp2_conjugate(&r->y, &q->y);
    fp2_multiply(&r->x, &r->x, &frobenius_1[1]);
    fp2_multiply(&r->y, &r->y, &frobenius_1[2]);
}

// The last two lines, and the check of the subgroup: t = [6x + 2]q must become -F^3(q) when F(q) and -F^2(q) are
// added, F being the map above. On the twist F satisfies F^2 - [t]F + [p] = 0, so 6x + 2 + F - F^2 + F^3 has the
// norm N = a^2 + abt + b^2 p with a = 6x + 2 + p - tp, b = 1 - t + t^2 - p; since gcd(N, order of the twist) = r,
// only points of order r (or infinity, which is not walked) satisfy it.
static int finish_walk(fp12 *f, twist_point *t, const g1_affine *p, const g2_affine *q) {
    line l;
    g2_affine q1, q2, q3;
    twist_frobenius(&q1, q);
    twist_frobenius(&q2, &q1);
    twist_frobenius(&q3, &q2);
    fp2_negate(&q2.y, &q2.y);
    fp2_negate(&q3.y, &q3.y);
    add_step(&l, t, &q1);
    apply(f, &l, p);
    add_step(&l, t, &q2);
    apply(f, &l, p);
    fp2_multiply(&q3.x, &q3.x, &t->z);
    fp2_multiply(&q3.y, &q3.y, &t->z);
    return !fp2_is_zero(&t->z) && fp2_equal(&q3.x, &t->x) && fp2_equal(&q3.y, &t->y);
}

int bn254_miller_loop(fp12 *f, const g1_affine *p, const g2_affine *q, size_t count) {
    twist_point t[PAIRS_AT_ONCE];
    g2_affine minus[PAIRS_AT_ONCE];
    fp12 product;
    line l;
    fp12_one(&product);
    for (size_t i = 0; i < count; i++) {
        t[i].x = q[i].x;
        t[i].y = q[i].y;
        memset(&t[i].z, 0, sizeof t[i].z);
        t[i].z.a = fp_one;
        minus[i] = q[i];
        fp2_negate(&minus[i].y, &q[i].y);
    }
    for (int digit = LOOP_DIGITS - 2; digit >= 0; digit--) {
        fp12_square(&product, &product);
        for (size_t i = 0; i < count; i++) {
            double_step(&l, &t[i]);
            apply(&product, &l, &p[i]);
            if (loop_digits[digit] == 0) continue;
            add_step(&l, &t[i], loop_digits[digit] > 0 ? &q[i] : &minus[i]);
            apply(&product, &l, &p[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!finish_walk(&product, &t[i], &p[i], &q[i])) return 0;
    }
    fp12_multiply(f, f, &product);
    return 1;
}

static void power_x(fp12 *r, const fp12 *f) {
    fp12 result = *f;
    for (int bit = 61; bit >= 0; bit--) {
        fp12_square_cyclotomic(&result, &result);
        if (BN_X >> bit & 1) fp12_multiply(&result, &result, f);
    }
    *r = result;
}

// (p^12 - 1) / r: the easy part, then the addition chain of Scott, Benger, Charlemagne, Dominguez Perez and
// Kachisa, "On the final exponentiation for calculating pairings" (2009).
void bn254_final_exponentiation(fp12 *f) {
    fp12 inverse, t;
    fp12_invert(&inverse, f);
    fp12_conjugate(&t, f);
    fp12_multiply(&t, &t, &inverse);
    fp12_frobenius_2(&inverse, &t);
    fp12_multiply(f, &t, &inverse);

    fp12 power1, power2, power3, fx, fx2, fx3;
    fp12_frobenius(&power1, f);
    fp12_frobenius_2(&power2, f);
    fp12_frobenius_2(&power3, &power1);
    power_x(&fx, f);
    power_x(&fx2, &fx);
    power_x(&fx3, &fx2);

    fp12 y0, y1, y2, y3, y4, y5, y6;
    fp12_multiply(&y0, &power1, &power2);
    fp12_multiply(&y0, &y0, &power3);
    fp12_conjugate(&y1, f);
    fp12_frobenius_2(&y2, &fx2);
    fp12_frobenius(&y3, &fx);
    fp12_conjugate(&y3, &y3);
    fp12_frobenius(&y4, &fx2);
    fp12_multiply(&y4, &fx, &y4);
    fp12_conjugate(&y4, &y4);
    fp12_conjugate(&y5, &fx2);
    fp12_frobenius(&y6, &fx3);
    fp12_multiply(&y6, &fx3, &y6);
    fp12_conjugate(&y6, &y6);

    // y0 y1^2 y2^6 y3^12 y4^18 y5^30 y6^36.
    fp12 a, b;
    fp12_square_cyclotomic(&a, &y6);
    fp12_multiply(&a, &a, &y4);
    fp12_multiply(&a, &a, &y5);
    fp12_multiply(&b, &y3, &y5);
    fp12_multiply(&b, &b, &a);
    fp12_multiply(&a, &a, &y2);
    fp12_square_cyclotomic(&b, &b);
    fp12_multiply(&b, &b, &a);
    fp12_square_cyclotomic(&b, &b);
    fp12_multiply(&a, &b, &y1);
    fp12_multiply(&b, &b, &y0);
    fp12_square_cyclotomic(&a, &a);
    fp12_multiply(f, &a, &b);
}

int cbn254_pairing_is_one(const uint8_t *in, size_t pairs, int *is_one) {
    g1_affine p[PAIRS_AT_ONCE];
    g2_affine q[PAIRS_AT_ONCE];
    size_t count = 0;
    fp12 f;
    fp12_one(&f);
    for (size_t i = 0; i < pairs; i++) {
        if (!g1_read(&p[count], in + 192 * i) || !g2_read(&q[count], in + 192 * i + 64)) return 0;
        if (!g2_is_infinity(&q[count])) count++;
        if (count == PAIRS_AT_ONCE || i + 1 == pairs) {
            if (!bn254_miller_loop(&f, p, q, count)) return 0;
            count = 0;
        }
    }
    bn254_final_exponentiation(&f);
    *is_one = fp12_is_one(&f);
    return 1;
}
