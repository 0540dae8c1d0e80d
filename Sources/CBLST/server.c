// One binary for every processor: blst chooses between its two multipliers when it runs.
#define __BLST_PORTABLE__
#include "vendor/src/server.c"
