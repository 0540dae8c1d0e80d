#include "CEntropy.h"
