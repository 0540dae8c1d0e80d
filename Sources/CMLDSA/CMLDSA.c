#include "CMLDSA.h"

#include <stdlib.h>

// swift-crypto's BoringSSL has these functions under a prefix, but shows their headers to nobody else.

/// Room for its private key, which takes 17,536 bytes today.
enum { KEY_BYTES = 32 * 1024 };

/// A seed of another length is an error: 1 where there is none.
int CCryptoBoringSSL_MLDSA65_private_key_from_seed(void *key, const uint8_t *seed, size_t seed_bytes);

/// FIPS 204, algorithm 7, of context_prefix ‖ context ‖ message. 1, or 2 of a self-approving build, is success.
int CCryptoBoringSSL_BCM_mldsa65_sign_internal(
    uint8_t *signature, const void *key, const uint8_t *message, size_t message_bytes, const uint8_t *context_prefix,
    size_t context_prefix_bytes, const uint8_t *context, size_t context_bytes, const uint8_t randomizer[32]);

struct CMLDSAKey {
    _Alignas(16) uint8_t bytes[KEY_BYTES];
};

CMLDSAKey *cmldsa_key(const uint8_t *seed) {
    CMLDSAKey *key = calloc(1, sizeof(CMLDSAKey));
    if (key && CCryptoBoringSSL_MLDSA65_private_key_from_seed(key->bytes, seed, 32) != 1) {
        cmldsa_free(key);
        return NULL;
    }
    return key;
}

void cmldsa_free(CMLDSAKey *key) { free(key); }

int cmldsa_sign(
    uint8_t *signature, const CMLDSAKey *key, const uint8_t *message, size_t message_bytes, const uint8_t *context, size_t context_bytes) {
    if (context_bytes > 255) return 0;
    const uint8_t prefix[2] = {0, (uint8_t)context_bytes};  // FIPS 204, algorithm 2, line 10
    const uint8_t randomizer[32] = {0};                     // line 5, its deterministic variant
    int status = CCryptoBoringSSL_BCM_mldsa65_sign_internal(
        signature, key->bytes, message, message_bytes, prefix, sizeof prefix, context, context_bytes, randomizer);
    return status == 0 || status == 1;
}
