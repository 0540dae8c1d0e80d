#ifndef BN254_CURVE_H
#define BN254_CURVE_H

#include "Extension.h"

// Points. The point at infinity is (0, 0) in affine and has z = 0 in other coordinates.

typedef struct { fp x, y; } g1_affine;
typedef struct { fp x, y, z; } g1; // Jacobian: (x / z^2, y / z^3)
typedef struct { fp2 x, y; } g2_affine;

// Read a point that is on its curve; 0 where a coordinate is not reduced or the point is not on the curve.
int g1_read(g1_affine *r, const uint8_t bytes[64]);
int g2_read(g2_affine *r, const uint8_t bytes[128]);

static inline int g1_is_infinity(const g1_affine *p) { return fp_is_zero(&p->x) && fp_is_zero(&p->y); }
static inline int g2_is_infinity(const g2_affine *p) { return fp2_is_zero(&p->x) && fp2_is_zero(&p->y); }

// The sum over all pairs in exponent of the optimal ate pairing, before the final exponentiation.
// Multiplies into f and returns 1, or returns 0 where a point of the twist is not in the subgroup of order r.
#define PAIRS_AT_ONCE 8
int bn254_miller_loop(fp12 *f, const g1_affine *p, const g2_affine *q, size_t count);
void bn254_final_exponentiation(fp12 *f);

#endif
