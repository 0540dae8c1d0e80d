// The 24 rounds of Keccak-f[1600] on vectors of lanes. The including file defines the type V and
// XOR3(a, b, c) = a ^ b ^ c, CHI(a, b, c) = a ^ (~b & c), ROL(a, n), XOR1(a, constant) first.

static const uint64_t round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

// Theta's column parities of A, and their rotations.
#define PARITIES(A)                                                                                                    \
    const V c0 = XOR3(XOR3(A[0], A[5], A[10]), A[15], A[20]), c1 = XOR3(XOR3(A[1], A[6], A[11]), A[16], A[21]),         \
            c2 = XOR3(XOR3(A[2], A[7], A[12]), A[17], A[22]), c3 = XOR3(XOR3(A[3], A[8], A[13]), A[18], A[23]),         \
            c4 = XOR3(XOR3(A[4], A[9], A[14]), A[19], A[24]);                                                          \
    const V r0 = ROL(c0, 1), r1 = ROL(c1, 1), r2 = ROL(c2, 1), r3 = ROL(c3, 1), r4 = ROL(c4, 1)

// Theta and rho on one lane of column 0, 1, 2, 3 or 4.
#define LANE0(A, i, n) ROL(XOR3(A[i], c4, r1), n)
#define LANE1(A, i, n) ROL(XOR3(A[i], c0, r2), n)
#define LANE2(A, i, n) ROL(XOR3(A[i], c1, r3), n)
#define LANE3(A, i, n) ROL(XOR3(A[i], c2, r4), n)
#define LANE4(A, i, n) ROL(XOR3(A[i], c3, r0), n)

// Chi: row y of E from the five lanes that pi brings there.
#define ROW(E, y, l0, l1, l2, l3, l4)                                                                                  \
    do {                                                                                                               \
        const V b0 = l0, b1 = l1, b2 = l2, b3 = l3, b4 = l4;                                                           \
        E[y] = CHI(b0, b1, b2);                                                                                        \
        E[y + 1] = CHI(b1, b2, b3);                                                                                    \
        E[y + 2] = CHI(b2, b3, b4);                                                                                    \
        E[y + 3] = CHI(b3, b4, b0);                                                                                    \
        E[y + 4] = CHI(b4, b0, b1);                                                                                    \
    } while (0)

#define ROUND(A, E, constant)                                                                                          \
    do {                                                                                                               \
        PARITIES(A);                                                                                                   \
        ROW(E, 0, XOR3(A[0], c4, r1), LANE1(A, 6, 44), LANE2(A, 12, 43), LANE3(A, 18, 21), LANE4(A, 24, 14));          \
        E[0] = XOR1(E[0], constant);                                                                                   \
        ROW(E, 5, LANE3(A, 3, 28), LANE4(A, 9, 20), LANE0(A, 10, 3), LANE1(A, 16, 45), LANE2(A, 22, 61));              \
        ROW(E, 10, LANE1(A, 1, 1), LANE2(A, 7, 6), LANE3(A, 13, 25), LANE4(A, 19, 8), LANE0(A, 20, 18));               \
        ROW(E, 15, LANE4(A, 4, 27), LANE0(A, 5, 36), LANE1(A, 11, 10), LANE2(A, 17, 15), LANE3(A, 23, 56));            \
        ROW(E, 20, LANE2(A, 2, 62), LANE3(A, 8, 55), LANE4(A, 14, 39), LANE0(A, 15, 41), LANE1(A, 21, 2));             \
    } while (0)

#define ROUNDS(A)                                                                                                      \
    do {                                                                                                               \
        V other[25];                                                                                                   \
        for (int round = 0; round < 24; round += 2) {                                                                  \
            ROUND(A, other, round_constants[round]);                                                                   \
            ROUND(other, A, round_constants[round + 1]);                                                               \
        }                                                                                                              \
    } while (0)
