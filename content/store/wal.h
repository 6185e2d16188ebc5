#ifndef CONTENT_STORE_WAL_H
#define CONTENT_STORE_WAL_H
#include "base/err.h"

/* The bytes of SQLite's write-ahead log ("WAL-mode File Format", 4.1 to 4.3). Pure. */
#define WAL_HEADER_BYTES 32u
#define WAL_FRAME_BYTES 24u           /* in front of each page */
#define WAL_INDEX_BYTES 48u           /* the header in shared memory */

struct wal_header {
    bool big;                         /* checksums are made of big-endian words */
    uint32_t page_bytes;
    uint8_t salt[8];
    uint32_t sum[2];                  /* that the first frame's goes on from */
};
bool wal_header_read(const uint8_t at[WAL_HEADER_BYTES], struct wal_header *out); /* false: not one, or half written */
void wal_header_write(struct wal_header *h, uint8_t at[WAL_HEADER_BYTES]);        /* fills h->sum, little-endian */

/* Goes on from *sum over n bytes, a multiple of 8. */
void wal_sum(bool big, const uint8_t *at, size_t n, uint32_t sum[2]);

/* A frame with its page behind it: false when it is not the one that follows on sum, which is moved otherwise. */
bool wal_frame_read(const struct wal_header *h, const uint8_t *at, uint32_t sum[2], uint32_t *page, uint32_t *size);
void wal_frame_write(const struct wal_header *h, uint32_t page, uint32_t size, const uint8_t *bytes, uint32_t sum[2], uint8_t at[WAL_FRAME_BYTES]);

struct wal_index {                    /* what readers find their snapshot by */
    uint32_t frames;                  /* in the log */
    uint32_t sum[2];
    uint8_t salt[8];
};
bool wal_index_read(const uint8_t at[WAL_INDEX_BYTES], struct wal_index *out); /* false: half written, or none yet */

uint32_t wal_u32(const uint8_t *at);  /* big-endian */
void wal_put_u32(uint8_t *at, uint32_t n);
#endif
