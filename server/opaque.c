#include "server/opaque.h"

#define OCSP_PATH S("/pki/ocsp/")

str opaque_target(struct arena *a, str target)
{
    str number, rest;
    if (!str_starts(target, OCSP_PATH) || !str_cut(str_slice(target, OCSP_PATH.len, target.len), '/', &number, &rest))
        return target;
    return arena_format(a, STR_FMT STR_FMT "?request=" STR_FMT, STR_ARG(OCSP_PATH), STR_ARG(number), STR_ARG(rest));
}
