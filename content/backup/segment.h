#ifndef CONTENT_BACKUP_SEGMENT_H
#define CONTENT_BACKUP_SEGMENT_H
#include "base/crypt.h"
#include "base/tar.h"
#include "content/store/log.h"

/* A piece of the write-ahead log as it is shipped (docs/decisions/0015-shipping-the-log.md). A line of JSON that says what it is,
 * a line with a digest of that keyed by the master key, and frames:
 *
 *   page u32  size u32  length u32          big-endian; size: of the database behind a commit, else 0
 *   the page, or runs that changed in it since this segment had it before:  at u16  length u16  bytes
 *
 * A strand is a row of segments without a gap; each says the digest of the one before, so none can be left out, put in or
 * changed without the master key. Sealed ones are all of that inside of base/crypt_file.h's format. */
#define SEGMENT_FORMAT 1
#define SEGMENT_STRAND_BYTES 64u

struct segment_file {                 /* one that an entry of the journal brought: it lies there before the segment does */
    uint64_t seq;
    str digest;
};
struct segment {
    str strand;
    uint64_t number;                  /* from 1 */
    uint8_t before[DIGEST_BYTES];     /* mac of the one before; zeros: there is none */
    uint8_t mac[DIGEST_BYTES];        /* its own */
    uint32_t frames, commits;         /* commits may be 0: one larger than a segment goes on in the next */
    uint64_t seq;                     /* the strand up to here has the journal's entries up to this one, maybe more; … */
    int64_t at_ms;                    /* … and none of those is younger */
    const struct segment_file *files;
    size_t file_count;
    str payload;
};

/* Making one. */
struct segment_page {                 /* of a table: where a page was last, any number but 0 */
    uint32_t page, index;
};
struct segment_page *segment_pages(void);                                          /* none yet; room for those of one segment */
void segment_pages_clear(struct segment_page *pages);                              /* for the next segment */
struct segment_page *segment_page(struct segment_page *pages, uint32_t page);      /* index 0: it was not there before */
struct segment_writer {
    struct buf payload;
    uint32_t frames, commits;
    struct segment_page *pages;
};
void segment_begin(struct segment_writer *w);
void segment_end(struct segment_writer *w); /* lets the memory go */
/* had: the page as it was there; NULL: it was not. False: the segment is full, and does not have it. */
bool segment_add(struct segment_writer *w, const struct log_frame *f, const uint8_t *had);
/* The two lines in front of the payload; fills s->mac. */
str segment_head(struct arena *a, const struct crypt *crypt, struct segment *s, uint32_t frames, uint32_t commits, str payload);

/* Reading one to its end. ERR_BAD_INPUT: damaged, cut off, or not of this master key. *memory holds the payload; the caller frees
 * it. Who reads compares strand, number and `before` with what he expects. */
NODISCARD enum err segment_read(struct tar_source *from, const struct crypt *crypt, struct arena *a, struct buf *memory, struct segment *out,
                                struct problem *why);
/* Frame by frame. `at` begins as the payload; page: as it was before on call, as it is behind on return. *found false: the end. */
struct segment_frame {
    uint32_t page, size;
    str change;                       /* for segment_apply */
};
NODISCARD enum err segment_next(str *at, struct segment_frame *out, bool *found, struct problem *why);
NODISCARD enum err segment_apply(const struct segment_frame *f, uint8_t page[LOG_PAGE_BYTES], struct problem *why);
#endif
