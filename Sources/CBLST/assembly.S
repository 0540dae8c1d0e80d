#define __BLST_PORTABLE__
#include "vendor/build/assembly.S"
