#ifndef CKECCAK_H
#define CKECCAK_H

#include <stddef.h>
#include <stdint.h>

// Many Keccak-f[1600] permutations at once with vector instructions (FIPS 202, section 3).
// Instruction sets are chosen per function, so that one binary runs everywhere; what the processor
// lacks must not be called, which ckeccak_supported tells.

typedef enum { CKECCAK_AVX2 = 1, CKECCAK_AVX512 = 2 } ckeccak_path;

/// Whether this processor (and operating system) can run the path.
int ckeccak_supported(ckeccak_path path);

/// Permutes the first states of `count` consecutive ones (25 lanes each) and returns how many it did:
/// as many as fill whole vectors.
size_t ckeccak_permute(ckeccak_path path, uint64_t *states, size_t count);

/// Writes for block i = 0, 1, … the first 72 bytes of Keccak-f(prefix ‖ first + i), prefix being 24 lanes,
/// and returns how many of the `count` blocks it did: as many as fill whole vectors.
size_t ckeccak_keystream(ckeccak_path path, const uint64_t *prefix, uint64_t first, size_t count, uint8_t *out);

#endif
