#include "content/store/wal.h"

#include <string.h>

#define MAGIC 0x377f0682u             /* and one more when words are big-endian */
#define VERSION 3007000u

uint32_t wal_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void wal_put_u32(uint8_t *at, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
}

static uint32_t word(bool big, const uint8_t *at)
{
    return big ? wal_u32(at) : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

void wal_sum(bool big, const uint8_t *at, size_t n, uint32_t sum[2])
{
    uint32_t a = sum[0], b = sum[1];
    for (size_t i = 0; i < n; i += 8) {
        a += word(big, at + i) + b;
        b += word(big, at + i + 4) + a;
    }
    sum[0] = a;
    sum[1] = b;
}

bool wal_header_read(const uint8_t at[WAL_HEADER_BYTES], struct wal_header *out)
{
    uint32_t magic = wal_u32(at), sum[2] = {0, 0};
    *out = (struct wal_header){.big = magic & 1, .page_bytes = wal_u32(at + 8)};
    if ((magic & ~1u) != MAGIC || wal_u32(at + 4) != VERSION)
        return false;
    wal_sum(out->big, at, WAL_FRAME_BYTES, sum);
    memcpy(out->salt, at + 16, sizeof out->salt);
    memcpy(out->sum, sum, sizeof sum);
    return sum[0] == wal_u32(at + 24) && sum[1] == wal_u32(at + 28);
}

void wal_header_write(struct wal_header *h, uint8_t at[WAL_HEADER_BYTES])
{
    h->big = false;
    wal_put_u32(at, MAGIC);
    wal_put_u32(at + 4, VERSION);
    wal_put_u32(at + 8, h->page_bytes);
    wal_put_u32(at + 12, 0);
    memcpy(at + 16, h->salt, sizeof h->salt);
    h->sum[0] = h->sum[1] = 0;
    wal_sum(h->big, at, WAL_FRAME_BYTES, h->sum);
    wal_put_u32(at + 24, h->sum[0]);
    wal_put_u32(at + 28, h->sum[1]);
}

bool wal_frame_read(const struct wal_header *h, const uint8_t *at, uint32_t sum[2], uint32_t *page, uint32_t *size)
{
    uint32_t next[2] = {sum[0], sum[1]};
    wal_sum(h->big, at, 8, next);
    wal_sum(h->big, at + WAL_FRAME_BYTES, h->page_bytes, next);
    *page = wal_u32(at);
    *size = wal_u32(at + 4);
    if (memcmp(at + 8, h->salt, sizeof h->salt) != 0 || next[0] != wal_u32(at + 16) || next[1] != wal_u32(at + 20) || *page == 0)
        return false;
    memcpy(sum, next, sizeof next);
    return true;
}

void wal_frame_write(const struct wal_header *h, uint32_t page, uint32_t size, const uint8_t *bytes, uint32_t sum[2], uint8_t at[WAL_FRAME_BYTES])
{
    wal_put_u32(at, page);
    wal_put_u32(at + 4, size);
    memcpy(at + 8, h->salt, sizeof h->salt);
    wal_sum(h->big, at, 8, sum);
    wal_sum(h->big, bytes, h->page_bytes, sum);
    wal_put_u32(at + 16, sum[0]);
    wal_put_u32(at + 20, sum[1]);
}

/* Its words are the machine's own, and so is the checksum over them. */
bool wal_index_read(const uint8_t at[WAL_INDEX_BYTES], struct wal_index *out)
{
    const uint16_t one = 1;
    uint32_t sum[2] = {0, 0}, own[2];
    bool big = *(const uint8_t *)(const void *)&one == 0;
    wal_sum(big, at, 40, sum);
    memcpy(own, at + 40, sizeof own);
    memcpy(&out->frames, at + 16, 4);
    memcpy(out->sum, at + 24, 8);
    memcpy(out->salt, at + 32, 8);
    return at[12] == 1 && sum[0] == own[0] && sum[1] == own[1];
}
