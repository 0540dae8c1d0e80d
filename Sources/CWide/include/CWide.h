#ifndef CWIDE_H
#define CWIDE_H

#include <stdint.h>

/// Divides high·2^64 + low by a divisor above `high`, in one instruction where there is one: the compiler's own
/// division of 128 bits is a call that is several times slower.
static inline uint64_t qs_divide_wide(uint64_t high, uint64_t low, uint64_t divisor, uint64_t *remainder) {
#if defined(__x86_64__)
    uint64_t quotient;
    __asm__("divq %4" : "=a"(quotient), "=d"(*remainder) : "0"(low), "1"(high), "r"(divisor) : "cc");
    return quotient;
#else
    unsigned __int128 dividend = (unsigned __int128)high << 64 | low;
    *remainder = (uint64_t)(dividend % divisor);
    return (uint64_t)(dividend / divisor);
#endif
}

#endif
