#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "CEntropy.h"
#include <errno.h>
#include <string.h>
#if defined(__linux__)
#include <sys/random.h>
#else
#include <unistd.h>
#include <sys/random.h>
#endif

int qs_kernel_random(uint8_t *buffer, size_t count) {
    while (count > 0) {
#if defined(__linux__)
        ssize_t got = getrandom(buffer, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : EIO;
#else
        size_t got = count < 256 ? count : 256;  // the most that getentropy gives at a time
        if (getentropy(buffer, got) != 0) return errno;
#endif
        buffer += got;
        count -= (size_t)got;
    }
    return 0;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

int qs_rdseed_present(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 18 & 1);
}

// Always the 64-bit form: some processors' shorter forms report success for zeros.
__attribute__((target("rdseed"))) size_t qs_rdseed(uint8_t *buffer, size_t count, unsigned attempts) {
    size_t filled = 0;
    while (filled < count) {
        unsigned long long word = 0;
        unsigned tries = 0;
        while (!_rdseed64_step(&word)) {
            if (++tries >= attempts) return filled;
            _mm_pause();
        }
        size_t part = count - filled < sizeof word ? count - filled : sizeof word;
        memcpy(buffer + filled, &word, part);
        filled += part;
    }
    return filled;
}
#else
int qs_rdseed_present(void) { return 0; }

size_t qs_rdseed(uint8_t *buffer, size_t count, unsigned attempts) {
    (void)buffer; (void)count; (void)attempts;
    return 0;
}
#endif
