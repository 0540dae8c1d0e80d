#include <secp256k1.h>
#include <secp256k1_recovery.h>

// The context that needs no set-up: enough to verify and to recover.
static inline const secp256k1_context *csecp256k1_context(void) { return secp256k1_context_static; }
