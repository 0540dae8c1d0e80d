#ifndef CENTROPY_H
#define CENTROPY_H

#include <stddef.h>
#include <stdint.h>

/// Fills the buffer from the kernel's generator, which it waits for until it is seeded.
/// Returns 0, or the errno.
int qs_kernel_random(uint8_t *buffer, size_t count);

/// Whether this processor has the RDSEED instruction.
int qs_rdseed_present(void);

/// Fills the buffer with 64-bit words from RDSEED, each asked for at most `attempts` times.
/// Returns how many bytes were filled: fewer than `count` when the instruction ran dry.
size_t qs_rdseed(uint8_t *buffer, size_t count, unsigned attempts);

#endif
