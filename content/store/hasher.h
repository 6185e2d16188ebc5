#ifndef CONTENT_STORE_HASHER_H
#define CONTENT_STORE_HASHER_H
#include "base/digest.h"

/* A second pair of hands: hashes a piece while its owner writes the same piece to the disk. One owner at a time; the bytes and
 * the digest are the hasher's between give and wait. */
struct hasher;
struct hasher *hasher_open(void);     /* NULL: no thread to be had; one does it alone */
void hasher_close(struct hasher *h);  /* NULL is fine */
void hasher_give(struct hasher *h, struct digest *d, str bytes);
void hasher_wait(struct hasher *h);
#endif
