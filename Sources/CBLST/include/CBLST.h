#ifndef CBLST_H
#define CBLST_H

// blst: fields, curves and pairing of BLS12-381. Its sources are fetched, not kept here.
#if !__has_include("../vendor/bindings/blst.h")
#error "blst is missing: run scripts/fetch-blst (make build does)"
#endif
#include "../vendor/bindings/blst.h"

#endif
