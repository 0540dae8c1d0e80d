#ifndef CJUMPS_H
#define CJUMPS_H

#include <stddef.h>
#include <stdint.h>

// Where jumps may land in the EVM's code: on each JUMPDEST (0x5b) that is not immediate data of a PUSH1 to PUSH32 (0x60 to 0x7f).

/// Sets bit i % 64 of marks[i / 64] where a jump may land on code[i], and clears all other bits of marks[0..count / 64].
/// With vector shuffles (SSSE3, NEON) it takes the same time for every code of a length.
/// The bytes behind the code must be readable and zero up to the next multiple of 64.
void cjumps_mark(const uint8_t *code, size_t count, uint64_t *marks);

/// The same without vector instructions, for comparison in tests.
void cjumps_mark_scalar(const uint8_t *code, size_t count, uint64_t *marks);

#endif
