#ifndef SERVER_TRANSFER_STRAPI_PARTS_H
#define SERVER_TRANSFER_STRAPI_PARTS_H
#include "server/transfer/sorted.h"
#include "server/transfer/strapi_item.h"
#include "server/transfer/tar_lines.h"

/* An import from Strapi, shared by the files that read the archive (import_strapi.c) and put it together
 * (strapi_join.c).
 *
 * Rows come in the order of their tables, links between rows behind all rows, in any order, and say rows, not documents. So
 * there are three sortings on disk before anything is written:
 *
 *   targets   by the row that a link leads to: which document is that?
 *   holders   by the row or component that has the link: which document, which row of it?
 *   groups    by document: its rows, then their links, in order
 *
 * Keys end in a NUL and what orders their values: '0' the thing itself, then what is said about it. */
struct strapi {
    struct line_sink lines;           /* first */
    struct transfer *to;
    struct tar_file *file;
    struct tar_reader tar;
    size_t section;                   /* of the archive, which the reader is in … */
    uint64_t seen[4];                 /* … and lines of each */
    struct strapi_schema *schema;
    struct strapi_languages languages;
    str standard;                     /* code of the default language */
    struct strapi_tally tally;
    struct sorted *targets, *holders, *groups;
    struct arena *arena, *line, *one; /* the schema; the present line or group; one link to it */
    struct buf key, value;
    size_t front;                     /* bytes of the key that are before its NUL */
    struct json_writer w;
    struct problem *why;
};

/* A value and its key are put together in the import, then added to one of the sortings. */
struct json_writer *strapi_value(struct strapi *m);                /* a map is open */
void strapi_text(struct strapi *m, str name, str text);
void strapi_int(struct strapi *m, str name, int64_t n);
void strapi_key(struct strapi *m, str uid, int64_t row, char order);
NODISCARD enum err strapi_put(struct strapi *m, struct sorted *where);
bool strapi_row(const struct json *v, int64_t *out);              /* a row's number */

NODISCARD enum err strapi_join(struct strapi *m);                 /* targets -> holders -> groups */
NODISCARD enum err strapi_give(struct strapi *m);                 /* groups -> items */
#endif
