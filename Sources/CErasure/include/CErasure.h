#ifndef CERASURE_H
#define CERASURE_H

#include <stddef.h>
#include <stdint.h>

// The inner loop of the erasure code: multiplication of many bytes by one constant in GF(2^8).

/// target[i] ^= c · source[i] for i < count, where products[0..16) are the products of c with 0, 1, …, 15 and
/// products[16..32) those with 0, 16, …, 240. Uses vector shuffles where the processor has them; the field is the tables' own.
void cerasure_multiply_add(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]);

/// The same without vector instructions, for comparison in tests.
void cerasure_multiply_add_scalar(uint8_t *target, const uint8_t *source, size_t count, const uint8_t products[32]);

#endif
