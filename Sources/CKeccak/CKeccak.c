// Cuts the work into vectors of the widest kind that the path has.
#include "Paths.h"

#if defined(__x86_64__)
int ckeccak_supported(ckeccak_path path) {
    switch (path) {
    case CKECCAK_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case CKECCAK_AVX512: return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
    }
    return 0;
}

size_t ckeccak_permute(ckeccak_path path, uint64_t *states, size_t count) {
    size_t done = 0;
    if (path == CKECCAK_AVX512) {
        for (; count - done >= 8; done += 8) ckeccak_permute8_avx512(states + 25 * done);
        for (; count - done >= 4; done += 4) ckeccak_permute4_avx512(states + 25 * done);
    } else {
        for (; count - done >= 4; done += 4) ckeccak_permute4_avx2(states + 25 * done);
    }
    return done;
}

size_t ckeccak_keystream(ckeccak_path path, const uint64_t *prefix, uint64_t first, size_t count, uint8_t *out) {
    size_t done = 0;
    if (path == CKECCAK_AVX512) {
        for (; count - done >= 8; done += 8) ckeccak_keystream8_avx512(prefix, first + done, out + 72 * done);
        for (; count - done >= 4; done += 4) ckeccak_keystream4_avx512(prefix, first + done, out + 72 * done);
    } else {
        for (; count - done >= 4; done += 4) ckeccak_keystream4_avx2(prefix, first + done, out + 72 * done);
    }
    return done;
}
#else
// Other processors: nothing is done here, the caller's scalar code does it all.
int ckeccak_supported(ckeccak_path path) { return 0; }
size_t ckeccak_permute(ckeccak_path path, uint64_t *states, size_t count) { return 0; }
size_t ckeccak_keystream(ckeccak_path path, const uint64_t *prefix, uint64_t first, size_t count, uint8_t *out) { return 0; }
#endif
