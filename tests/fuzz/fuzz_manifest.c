/* A manifest that is taken means one thing: it is an image or an index and never both, whatever it is sent as; what is to be
 * found for it is well-formed and bounded; and what was understood, written down again, is understood the same. The first byte
 * says what it is sent as. */
#include "base/limits.h"
#include "content/bytes/blob.h"
#include "roles/registry/internal.h"
#include "tests/support/fuzz.h"

static const str types[] = {
    STR(""),
    STR("application/vnd.oci.image.manifest.v1+json"),
    STR("application/vnd.oci.image.index.v1+json"),
    STR("application/vnd.docker.distribution.manifest.v2+json"),
    STR("application/vnd.docker.distribution.manifest.list.v2+json"),
    STR("application/json"),
};

static const struct json *said(const struct manifest_facts *m, str name)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_equal(m->members[i].name, name))
            return &m->members[i];
    return NULL;
}

static bool is_index(const struct manifest_facts *m)
{
    return said(m, S("depth"))->integer == 1;
}

static void check_wanted(const struct json *list)
{
    must(list && list->type == JSON_LIST && list->count <= LIMIT_MANIFEST_REFS);
    for (uint32_t i = 0; i < list->count; i++)
        must(blob_digest_valid(json_get(&list->items[i], S("digest"))->text) && json_get(&list->items[i], S("size"))->integer >= 0);
}

static void check_facts(const struct manifest_facts *m, str bytes)
{
    bool index = is_index(m), known = false;
    for (size_t i = 1; i + 1 < COUNTOF(types); i++)
        known |= str_equal(m->media_type, types[i]) && index == (i % 2 == 0);
    must(known);
    check_wanted(said(m, S("config")));
    check_wanted(said(m, S("layers")));
    check_wanted(said(m, S("manifests")));
    must(said(m, S("config"))->count == !index && (!index || said(m, S("layers"))->count == 0) && (index || said(m, S("manifests"))->count == 0));
    must(str_is_absent(m->subject) || blob_digest_valid(m->subject));
    must(said(m, S("size"))->integer == (int64_t)bytes.len && said(m, S("total_size"))->integer >= (int64_t)bytes.len);
}

static void write_list(struct json_writer *w, str name, const struct json *list, bool alone)
{
    json_name(w, name);
    if (!alone)
        json_list_open(w);
    for (uint32_t i = 0; i < list->count; i++) {
        json_map_open(w);
        json_name(w, S("mediaType"));
        json_text(w, S("a/b"));
        json_name(w, S("digest"));
        json_value(w, json_get(&list->items[i], S("digest")));
        json_name(w, S("size"));
        json_value(w, json_get(&list->items[i], S("size")));
        if (json_get(&list->items[i], S("elsewhere"))->boolean) {
            json_name(w, S("urls"));
            json_list_open(w);
            json_text(w, S("https://a.example"));
            json_list_close(w);
        }
        json_map_close(w);
    }
    if (!alone)
        json_list_close(w);
}

static void write_again(struct json_writer *w, const struct manifest_facts *m)
{
    json_map_open(w);
    json_name(w, S("schemaVersion"));
    json_int(w, 2);
    if (is_index(m))
        write_list(w, S("manifests"), said(m, S("manifests")), false);
    else {
        write_list(w, S("config"), said(m, S("config")), true);
        write_list(w, S("layers"), said(m, S("layers")), false);
    }
    json_name(w, S("artifactType"));
    json_value(w, said(m, S("artifact_type")));
    if (said(m, S("annotations"))) {
        json_name(w, S("annotations"));
        json_value(w, said(m, S("annotations")));
    }
    if (!str_is_absent(m->subject)) {
        json_name(w, S("subject"));
        json_map_open(w);
        json_name(w, S("mediaType"));
        json_text(w, S("a/b"));
        json_name(w, S("digest"));
        json_text(w, m->subject);
        json_name(w, S("size"));
        json_int(w, 0);
        json_map_close(w);
    }
    json_map_close(w);
}

static void check_again(struct arena *a, const struct manifest_facts *m)
{
    static const str same[] = {STR("config"), STR("layers"), STR("manifests"), STR("artifact_type"), STR("annotations"), STR("subject"), STR("media_type")};
    struct manifest_facts again;
    struct json_writer w;
    struct problem why = {.arena = a};
    struct buf b;
    buf_init(&b, a, (size_t)64 << 20);
    json_begin(&w, &b);
    write_again(&w, m);
    must(!b.failed && manifest_read(a, buf_str(&b), m->media_type, &again, &why) == ERR_OK);
    for (size_t i = 0; i < COUNTOF(same); i++)
        must(json_equal(said(m, same[i]), said(&again, same[i])));
}

/* GHSA-qq97-vm5h-rrhg: the same bytes are never the other sort, too. */
static void check_other(struct arena *a, str bytes, bool index)
{
    for (size_t i = index ? 1 : 2; i + 1 < COUNTOF(types); i += 2) {
        struct manifest_facts other;
        struct problem why = {.arena = a};
        must(manifest_read(a, bytes, types[i], &other, &why) != ERR_OK && why.err != ERR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct manifest_facts m;
    if (size > 0) {
        str bytes = {(const char *)data + 1, size - 1}, type = types[data[0] % COUNTOF(types)];
        enum err e = manifest_read(a, bytes, type, &m, &why);
        must(e == ERR_OK || e == ERR_INVALID || e == ERR_BAD_MEDIA);
        must(e == ERR_OK || why.fault_count > 0);
        if (e == ERR_OK) {
            check_facts(&m, bytes);
            check_again(a, &m);
            check_other(a, bytes, is_index(&m));
        }
    }
    arena_close(a);
    return 0;
}
