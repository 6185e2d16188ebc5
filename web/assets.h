#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H
#include "base/str.h"

/* The built dashboard, packed into the binary: read-only bytes with the life of the program, safe to
 * read from any thread. The table is sorted by path. A build with VITRINE_WEB=OFF has an empty one,
 * so callers always link and answer 404.
 *
 * A path is relative to /admin/ ("index.html", "assets/index-3fa1c2.js"). A path that is not here and
 * does not begin with "assets/" is a page of the dashboard: the server answers it with "index.html".
 *
 * Bodies: text is kept as brotli and gzip and never plain (`plain` is absent: inflate `gzip` for the
 * rare client that takes neither); a file that does not shrink is kept plain only. */
struct web_asset {
    str path;
    str type;            /* Content-Type */
    str etag;            /* quoted and weak, so that one value serves all content codings */
    bool is_immutable;   /* the name carries a hash: "public, max-age=31536000, immutable"; else "no-cache" */
    size_t plain_bytes;  /* length without any content coding */
    str brotli, gzip, plain;
};

extern const struct web_asset web_assets[];
extern const size_t web_asset_count;

/* The Content-Security-Policy that the packed pages were checked against. */
extern const str web_csp;

/* NULL when there is no such file. */
const struct web_asset *web_asset_find(str path);

#endif
