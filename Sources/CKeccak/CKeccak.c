#include "CKeccak.h"
