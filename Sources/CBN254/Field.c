#include "Constants.h"

void bn254_invert(fp *r, const fp *x) {
    mp_limb_t storage[4];
    mpz_t modulus, value, inverse;
    memcpy(storage, x->limb, sizeof storage);
    mpz_roinit_n(modulus, (const mp_limb_t *)fp_modulus.limb, 4);
    mpz_roinit_n(value, storage, 4);
    mpz_init2(inverse, 320);
    mpz_invert(inverse, value, modulus);
    fp plain = {{0}};
    size_t count = 0;
    mpz_export(plain.limb, &count, -1, 8, 0, 0, inverse);
    mpz_clear(inverse);
    // x stood for x' R, so its inverse has a factor 1 / R too many.
    fp_multiply(r, &plain, &fp_r3);
}

int bn254_read(fp *r, const uint8_t bytes[32]) {
    fp plain, reduced;
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 0; j < 8; j++) limb = limb << 8 | bytes[8 * (3 - i) + j];
        plain.limb[i] = limb;
    }
    fp_reduce_once(&reduced, plain.limb);
    if (!fp_equal(&plain, &reduced)) return 0;
    fp_multiply(r, &plain, &fp_r2);
    return 1;
}

void bn254_write(uint8_t bytes[32], const fp *x) {
    static const fp one = {{1, 0, 0, 0}};
    fp plain;
    fp_multiply(&plain, x, &one);
    for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)(plain.limb[3 - i / 8] >> (56 - 8 * (i % 8)));
}
