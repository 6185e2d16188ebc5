#ifndef TESTS_SUPPORT_FUZZ_ISSUER_H
#define TESTS_SUPPORT_FUZZ_ISSUER_H
#include "content/system/pki/x509_make.h"

/* The authority that inputs of fuzz targets are about and that the lists and questions of their corpora were made with: the same
 * key with each run. */
#define FUZZ_NOW INT64_C(1790000000000)
extern const str fuzz_issuer_key;     /* PKCS#8 */
/* Made once; lies in an arena that stays. */
const struct certificate_made *fuzz_issuer(void);
#endif
