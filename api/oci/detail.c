/* What an error is about, as `detail` says it (oci-registry.md 2): ids out of the request's own path, and no others, so that nothing is
 * told that was not asked for. */
#include "api/oci/oci.h"

static const str heads[] = {STR("/v2/{name+}"), STR("/oras/artifacts/v1/{name+}")};

/* What the route has behind its name, "/manifests/{reference}"; {0}: it has no name. */
static str tail_of(const struct exchange *x, str *head)
{
    str route = x->route ? str_of(x->route) : S("");
    for (size_t i = 0; i < COUNTOF(heads); i++)
        if (str_starts(route, heads[i])) {
            *head = str_slice(heads[i], 0, heads[i].len - S("{name+}").len);
            return str_slice(route, heads[i].len, route.len);
        }
    return (str){0};
}

/* One part after the other is taken off the end of the path: a name may have the words of these routes in it. */
str oci_name_in_path(const struct exchange *x)
{
    str head = {0}, tail = tail_of(x, &head);
    if (str_is_absent(tail))
        return (str){0};
    str name = str_slice(x->path, head.len, x->path.len);
    for (size_t i = 0; i < tail.len; i++) {
        if (tail.at[i] != '/')
            continue;
        while (name.len > 0 && name.at[name.len - 1] != '/')
            name.len--;
        name.len -= name.len > 0;
    }
    return name;
}

/* The part of the path in the place of "{digest}". */
static str part(const struct exchange *x, str place)
{
    str head, tail = tail_of(x, &head);
    size_t behind = 0, at = 0;
    while (at < tail.len && !str_starts(str_slice(tail, at, tail.len), place))
        at++;
    if (at >= tail.len)
        return (str){0};
    for (size_t i = at; i < tail.len; i++)
        behind += tail.at[i] == '/';
    return behind < x->segment_count ? x->segments[x->segment_count - 1 - behind] : (str){0};
}

static str digest_of(const struct exchange *x, const struct fault *f)
{
    if (f && str_equal(f->rule, S("blob-unknown")))
        return f->path;
    str in_path = part(x, S("{digest}"));
    if (!str_is_absent(in_path))
        return in_path;
    str reference = part(x, S("{reference}"));
    return str_contains(reference, S(":")) ? reference : (str){0};
}

static str reference_of(const struct exchange *x, const struct fault *f)
{
    (void)f;
    str reference = part(x, S("{reference}"));
    return str_is_absent(reference) ? part(x, S("{digest}")) : reference;
}

static str session_of(const struct exchange *x, const struct fault *f)
{
    (void)f;
    return part(x, S("{id}"));
}

static str name_of(const struct exchange *x, const struct fault *f)
{
    (void)f;
    return oci_name_in_path(x);
}

static str place_of(const struct exchange *x, const struct fault *f)
{
    (void)x;
    return f && f->path.len && str_equal(f->rule, S("manifest")) ? f->path : (str){0};
}

static const struct {
    str code, member;
    str (*read)(const struct exchange *x, const struct fault *f);
} rows[] = {
    {STR("NAME_UNKNOWN"), STR("name"), name_of},
    {STR("NAME_INVALID"), STR("name"), name_of},
    {STR("DENIED"), STR("name"), name_of},
    {STR("BLOB_UNKNOWN"), STR("digest"), digest_of},
    {STR("DIGEST_INVALID"), STR("digest"), digest_of},
    {STR("MANIFEST_BLOB_UNKNOWN"), STR("digest"), digest_of},
    {STR("MANIFEST_UNKNOWN"), STR("reference"), reference_of},
    {STR("MANIFEST_INVALID"), STR("reference"), reference_of},
    {STR("MANIFEST_INVALID"), STR("at"), place_of},
    {STR("BLOB_UPLOAD_UNKNOWN"), STR("session_id"), session_of},
    {STR("BLOB_UPLOAD_INVALID"), STR("session_id"), session_of},
    {STR("SIZE_INVALID"), STR("session_id"), session_of},
};

void oci_write_detail(struct json_writer *w, const struct exchange *x, str code, const struct fault *f)
{
    json_map_open(w);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str value = str_equal(rows[i].code, code) ? rows[i].read(x, f) : (str){0};
        if (str_is_absent(value))
            continue;
        json_name(w, rows[i].member);
        json_text(w, value);
    }
    json_map_close(w);
}
