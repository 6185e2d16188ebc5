#ifndef SERVER_S3_LIST_H
#define SERVER_S3_LIST_H
#include "server/s3.h"

/* What object storage says in XML ("ListObjectsV2", "CreateMultipartUpload" of the Amazon S3 API Reference). */
struct s3_page {
    bool more;
    str next;                         /* token of the next page */
};
/* keep: where the token lives. ERR_UNAVAILABLE: it is no such answer. */
NODISCARD enum err s3_page_read(str xml, struct arena *keep, struct s3_page *out, s3_see *see, void *self, struct problem *why);
/* The text of the first element of this name. */
NODISCARD enum err s3_text_of(str xml, str name, struct arena *a, str *out, struct problem *why);
#endif
