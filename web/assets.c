#include "web/assets.h"

#ifdef VITRINE_WEB
/* assets.bin, put in place by assets.S. */
extern const char web_assets_bin[];

#define NONE {NULL, 0}
#define BYTES(offset, length) {web_assets_bin + (offset), (length)}
#define ASSET(path, type, etag, hashed, length, brotli, gzip, plain) \
    {STR(path), STR(type), STR(etag), hashed, length, brotli, gzip, plain},
const struct web_asset web_assets[] = {
#include "assets.inc"
};
#undef ASSET
const size_t web_asset_count = sizeof(web_assets) / sizeof(*web_assets);
#else
const struct web_asset web_assets[1] = {{.is_immutable = false}};
const size_t web_asset_count = 0;
#endif

/* style-src-attr: the component library places its popovers with style attributes.
 * trusted-types: markup reaches the page only through the framework's own compiled templates, and through the sanitiser, which
 * makes nodes of it in a document that runs nothing. */
const str web_csp =
    STR("default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types svelte-trusted-html dompurify");

/* Own order, not str_order(): this library has to link where nothing but its table is wanted. */
static int order(str a, str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int by_bytes = shorter ? memcmp(a.at, b.at, shorter) : 0;
    return by_bytes ? by_bytes : (a.len > b.len) - (a.len < b.len);
}

const struct web_asset *web_asset_find(str path)
{
    size_t from = 0, to = web_asset_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int found = order(web_assets[middle].path, path);
        if (found == 0)
            return &web_assets[middle];
        if (found < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
