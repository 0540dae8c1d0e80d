#ifndef CBN254_H
#define CBN254_H

#include <stddef.h>
#include <stdint.h>

// The curve alt_bn128 (EIP-196, EIP-197). Numbers are 32 bytes, big-endian; points are x ‖ y, the point at infinity
// is all zeros. Each function returns 0 where a coordinate is not below the modulus or a point is not on its curve
// (or not in the subgroup), else 1. Not constant time: everything here is public.

/// out = in[0..<64] + in[64..<128].
int cbn254_add(const uint8_t in[128], uint8_t out[64]);

/// out = in[64..<96] * in[0..<64]; the scalar may be any 256-bit number.
int cbn254_multiply(const uint8_t in[96], uint8_t out[64]);

/// Whether the product of the pairings of `pairs` pairs (64 bytes of the curve, then 128 of the twist, imaginary parts
/// first) is one.
int cbn254_pairing_is_one(const uint8_t *in, size_t pairs, int *is_one);

#endif
