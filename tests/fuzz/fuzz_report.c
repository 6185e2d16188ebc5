/* A report that a stranger attaches: whatever its bytes, what is read out of it is bounded, text, and once there by its id. */
#include "base/utf8.h"
#include "graphql/zot/report.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096), *own = arena_open(4096);
    struct report r;
    struct cves s;
    cves_init(&s, own);
    bool is_one = report_read(a, (str){(const char *)data, size}, &r);
    if (is_one) {
        report_add(&r, &s);
        must(r.tool.len > 0 && utf8_valid(r.tool));
    }
    arena_close(a);                   /* what was found does not lie in the report */
    const struct cve *v;
    size_t ids = 0;
    for (size_t at = 0; cves_next(&s, &at, &v); ids++) {
        size_t packages = 0;
        must(v->id.len > 0 && v->id.len <= REPORT_ID_BYTES && utf8_valid(v->id));
        must(v->severity < SEVERITY_COUNT && v->title.len <= REPORT_WORD_BYTES && v->description.len <= REPORT_PROSE_BYTES);
        must(utf8_valid(v->title) && utf8_valid(v->description) && utf8_valid(v->reference));
        for (const struct cve_package *p = v->packages; p; p = p->next, packages++)
            must(p->name.len > 0 && utf8_valid(p->name) && utf8_valid(p->path) && utf8_valid(p->installed) && utf8_valid(p->fixed));
        must(packages == v->package_count);
    }
    must(ids <= CVES_FINDINGS && (is_one || ids == 0));
    arena_close(own);
    return 0;
}
