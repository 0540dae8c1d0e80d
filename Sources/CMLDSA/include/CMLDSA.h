#ifndef CMLDSA_H
#define CMLDSA_H

#include <stddef.h>
#include <stdint.h>

// ML-DSA-65 without the hedge: the deterministic variant of FIPS 204 (algorithm 2 with rnd = 0), by which a seed repeats a
// simulated chain to the byte. swift-crypto signs with fresh randomness only. A node never signs with this: whoever makes a
// deterministic signer err while it computes learns about its key.

/// Bytes of a signature.
enum { CMLDSA_SIGNATURE_BYTES = 3309 };

/// An expanded private key.
typedef struct CMLDSAKey CMLDSAKey;

/// Makes the key of a seed of 32 bytes (FIPS 204, algorithm 1). NULL without memory. Free it with cmldsa_free.
CMLDSAKey *cmldsa_key(const uint8_t *seed);
void cmldsa_free(CMLDSAKey *key);

/// Signs with a context of at most 255 bytes. Returns whether it could.
int cmldsa_sign(
    uint8_t *signature, const CMLDSAKey *key, const uint8_t *message, size_t message_bytes, const uint8_t *context, size_t context_bytes);

#endif
