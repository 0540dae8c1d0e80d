// One vector's worth of permutations or keystream blocks for each instruction set.
#ifndef CKECCAK_PATHS_H
#define CKECCAK_PATHS_H

#include "CKeccak.h"

void ckeccak_permute4_avx2(uint64_t *states);
void ckeccak_permute4_avx512(uint64_t *states);
void ckeccak_permute8_avx512(uint64_t *states);

void ckeccak_keystream4_avx2(const uint64_t *prefix, uint64_t first, uint8_t *out);
void ckeccak_keystream4_avx512(const uint64_t *prefix, uint64_t first, uint8_t *out);
void ckeccak_keystream8_avx512(const uint64_t *prefix, uint64_t first, uint8_t *out);

#endif
