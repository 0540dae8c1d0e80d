#include <nettle/ripemd160.h>
