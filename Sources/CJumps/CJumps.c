#include "CJumps.h"

#include <string.h>

void cjumps_mark_scalar(const uint8_t *code, size_t count, uint64_t *marks) {
    memset(marks, 0, (count / 64 + 1) * sizeof *marks);
    for (size_t at = 0; at < count; at++) {
        if (code[at] == 0x5b) marks[at / 64] |= (uint64_t)1 << at % 64;
        if (code[at] >= 0x60 && code[at] <= 0x7f) at += code[at] - 0x5f;
    }
}

#if defined(__x86_64__) || defined(__aarch64__)

typedef int8_t block __attribute__((vector_size(16)));

#if defined(__x86_64__)
#include <tmmintrin.h>
#define VECTORS __attribute__((target("ssse3")))

/// table[at[i]], or 0 where at[i] is negative.
VECTORS static inline block look_up(block table, block at) { return (block)_mm_shuffle_epi8((__m128i)table, (__m128i)at); }
#else
#include <arm_neon.h>
#define VECTORS

static inline block look_up(block table, block at) { return (block)vqtbl1q_u8((uint8x16_t)table, (uint8x16_t)at); }
#endif

/// What becomes of one who enters a block of 16 bytes at one of them, or at up to 32 where a PUSH's data go on behind it.
struct ways {
    /// Where he leaves it, counted from its start: 16 at least.
    int8_t exit[48];
    /// The jump destinations that he meets, of the first and of the second 8 bytes.
    uint8_t first[48], second[48];
};

/// All ways through a block at once, by doubling: twice as many instructions each round, 16 after the fourth.
VECTORS static inline void find_ways(const uint8_t *code, struct ways *ways) {
    const block place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const block first_bits = {1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0};
    const block second_bits = {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128};
    block opcode;
    memcpy(&opcode, code, sizeof opcode);
    // Opcodes from 0x80 on are negative.
    block next = place + 1 + ((opcode > 0x5f) & (opcode - 0x5f));
    block first = first_bits & (opcode == 0x5b), second = second_bits & (opcode == 0x5b);
    for (int round = 0; round < 4; round++) {
        block left = next > 15, at = next | left;
        first |= look_up(first, at);
        second |= look_up(second, at);
        next = look_up(next, at) | (next & left);
    }
    memcpy(ways->exit, &next, sizeof next);
    memcpy(ways->first, &first, sizeof first);
    memcpy(ways->second, &second, sizeof second);
}

/// A walk from instruction to instruction waits for each before it finds the next. So this finds the ways through a block
/// from every byte, for which no block waits, and then walks from block to block.
VECTORS static void mark_vectors(const uint8_t *code, size_t count, uint64_t *marks) {
    struct ways ways[4] = {0};
    for (int part = 0; part < 4; part++) {
        for (int8_t entry = 16; entry < 48; entry++) ways[part].exit[entry] = entry;
    }
    size_t entry = 0;
    for (size_t word = 0; word <= count / 64; word++) {
        // Nothing of the code stands in the last word where the count is a multiple of 64.
        if (word * 64 == count) {
            marks[word] = 0;
            break;
        }
        for (size_t part = 0; part < 4; part++) find_ways(code + 64 * word + 16 * part, &ways[part]);
        uint64_t found = 0;
        for (size_t part = 0; part < 4; part++) {
            found |= (uint64_t)(ways[part].first[entry] | ways[part].second[entry] << 8) << 16 * part;
            entry = (size_t)ways[part].exit[entry] - 16;
        }
        marks[word] = found;
    }
}

#endif

void cjumps_mark(const uint8_t *code, size_t count, uint64_t *marks) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3")) mark_vectors(code, count, marks);
    else cjumps_mark_scalar(code, count, marks);
#elif defined(__aarch64__)
    mark_vectors(code, count, marks);
#else
    cjumps_mark_scalar(code, count, marks);
#endif
}
