/* Addresses that somebody else than the system is asked for. libcurl is told them before it looks: a name that is not
 * among them would go to the system, so they are said for the very host that the URL is read to have. */
#include "base/limits.h"
#include "base/outbound_part.h"

static str part_of(CURLU *url, CURLUPart part, struct arena *a)
{
    char *text = NULL;
    must(curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK);
    str copy = arena_copy(a, str_of(text));
    curl_free(text);
    return copy;
}

/* "host:port:[address],[address]" */
static enum err write_list(str host, str port, const struct address *at, size_t count, struct arena *a, struct curl_slist **out)
{
    struct buf line;
    str text;
    buf_init(&line, a, LIMIT_OUTBOUND_HEADER_BYTES);
    buf_format(&line, STR_FMT ":" STR_FMT ":", STR_ARG(host), STR_ARG(port));
    for (size_t i = 0; i < count; i++) {
        str address = address_write(a, &at[i]);
        buf_format(&line, "%s[" STR_FMT "]", i ? "," : "", STR_ARG(address));
    }
    TRY(buf_done(&line, &text));
    *out = curl_slist_append(NULL, arena_cstr(a, text));
    must(*out != NULL);
    return ERR_OK;
}

enum err outbound_look_up(const struct outbound_policy *p, const struct outbound_request *r, CURLU *url, struct arena *a,
                          struct curl_slist **out, struct problem *why)
{
    const struct address *found = NULL;
    struct address itself;
    size_t count = 0, left = 0;
    if (!r->names)
        return ERR_OK;
    str host = part_of(url, CURLUPART_HOST, a), port = part_of(url, CURLUPART_PORT, a);
    if (str_starts(host, S("[")))
        host = str_slice(host, 1, host.len - 1);
    TRY(r->names->find(r->names->self, host, a, &found, &count, why));
    if (address_read(host, &itself) || count == 0)
        return ERR_OK;
    struct address *open = NEW_N(a, struct address, count);
    for (size_t i = 0; i < count; i++)
        if (outbound_connects(p, &found[i]))
            open[left++] = found[i];
    return left ? write_list(host, port, open, left, a, out) : outbound_refused(why);
}
