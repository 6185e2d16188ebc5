#ifndef BASE_EMBED_H
#define BASE_EMBED_H
#include "base/str.h"

/* A file that was put into the binary when it was built (cmake/embed.cmake): SQL, the system's
 * models, the dashboard. Lives as long as the program; read-only.
 *
 *     vitrine_embed(vitrine_content embedded_sql store/sql/a.sql …)     in CMake gives
 *     extern const struct embedded embedded_sql[];                      sorted by name, bytewise
 *     extern const size_t embedded_sql_count;
 */
struct embedded {
    const char *name;        /* path relative to the folder that embeds it: "store/sql/a.sql" */
    const unsigned char *at; /* a byte 0 follows the last one */
    size_t len;
};

/* NULL when there is no file of that name. */
const struct embedded *embed_find(const struct embedded *table, size_t count, str name);

static inline str embed_text(const struct embedded *file)
{
    return (str){(const char *)file->at, file->len};
}

#endif
