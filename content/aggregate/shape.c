/* Stages that change single documents: $project, $unset, $addFields. */
#include "content/aggregate/internal.h"

enum err output_name_check(struct aggregate_reader *r, str name)
{
    if (is_member_name(name))
        return ERR_OK;
    return REFUSE_STAGE(r, "name", STR_FMT ": \"%.*s\" cannot be the name of a result.", STR_ARG(r->stage),
                        STR_ARG(short_name(name)));
}

void known_put(struct arena *a, struct known_names *k, struct known name)
{
    struct known *list = NEW_N(a, struct known, k->count + 1);
    size_t i = 0;

    if (k->count > 0)
        memcpy(list, k->at, k->count * sizeof *list);
    while (i < k->count && !str_equal(list[i].name, name.name))
        i++;
    list[i] = name;
    k->at = list;
    k->count += i == k->count;
}

void known_drop(struct arena *a, struct known_names *k, str name)
{
    struct known *list = NEW_N(a, struct known, k->count);
    size_t n = 0;

    for (size_t i = 0; i < k->count; i++)
        if (!str_equal(k->at[i].name, name))
            list[n++] = k->at[i];
    k->at = list;
    k->count = n;
}

/* Looks at a name without using its field: a projection that keeps a field does not read it yet. */
static enum err dotted_seen(struct aggregate_reader *r, const struct known_names *known, str name, struct dotted *out,
                            struct known *as)
{
    field_set unused = {0};
    struct known_names look = {.at = known->at, .count = known->count, .used = &unused};

    return dotted_read(r, &look, name, out, as);
}

static enum err read_added(struct aggregate_reader *r, const struct known_names *before, const struct json *in,
                           struct doc_output *out, struct known_names *after)
{
    TRY(output_name_check(r, in->name));
    *out = (struct doc_output){.name = in->name, .rule = OUTPUT_MAKE};
    TRY(expr_read(r, before, in, &out->expr));
    known_put(r->arena, after, (struct known){.name = in->name, .levels = out->expr.levels});
    return ERR_OK;
}

enum err add_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out)
{
    struct known_names before = *known;

    if (in->type != JSON_MAP || in->count == 0)
        return REFUSE_STAGE(r, "type", STR_FMT " takes an object of names and expressions.", STR_ARG(r->stage));
    struct doc_output *outputs = NEW_N(r->arena, struct doc_output, in->count);
    for (uint32_t i = 0; i < in->count; i++)
        TRY(read_added(r, &before, &in->items[i], &outputs[i], known));
    out->kind = RUN_ADD;
    out->outputs = outputs;
    out->output_count = in->count;
    return ERR_OK;
}

static enum err drop_names(struct aggregate_reader *r, struct known_names *known, const str *names, size_t count,
                           struct stage *out)
{
    struct dotted *dropped = NEW_N(r->arena, struct dotted, count);

    for (size_t i = 0; i < count; i++) {
        struct known as;
        TRY(dotted_seen(r, known, names[i], &dropped[i], &as));
    }
    for (size_t i = 0; i < count; i++)
        if (dropped[i].count == 1)
            known_drop(r->arena, known, dropped[i].pieces[0]);
    out->kind = RUN_DROP;
    out->dropped = dropped;
    out->dropped_count = count;
    return ERR_OK;
}

enum err unset_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out)
{
    const struct json *names = in->type == JSON_LIST ? in->items : in;
    uint32_t count = in->type == JSON_LIST ? in->count : 1;
    str *texts = NEW_N(r->arena, str, count);

    for (uint32_t i = 0; i < count; i++) {
        if (names[i].type != JSON_TEXT)
            return REFUSE_STAGE(r, "type", "$unset takes a name or a list of names.");
        texts[i] = names[i].text;
    }
    return drop_names(r, known, texts, count, out);
}

/* 1, true: keep. 0, false: leave out. Anything else is an expression. */
enum wish { WISH_KEEP, WISH_DROP, WISH_MAKE };

static enum wish wish_of(const struct json *v)
{
    if (v->type == JSON_BOOL)
        return v->boolean ? WISH_KEEP : WISH_DROP;
    if (v->type == JSON_INT || v->type == JSON_REAL)
        return value_is_true(v) ? WISH_KEEP : WISH_DROP;
    return WISH_MAKE;
}

/* {"point": {"x": 1}}: MongoDB takes the 1 for a wish, we would take it for a value; say which. */
static enum err refuse_wishes_inside(struct aggregate_reader *r, const struct json *v)
{
    for (uint32_t i = 0; v->type == JSON_MAP && i < v->count; i++)
        if (!str_starts(v->items[i].name, S("$")) && wish_of(&v->items[i]) != WISH_MAKE)
            return REFUSE_STAGE(r, "type", "$project: say \"%.*s.%.*s\": 1 to keep a part, or {\"$literal\": 1}.",
                                STR_ARG(short_name(v->name)), STR_ARG(short_name(v->items[i].name)));
    return ERR_OK;
}

static struct doc_output *find_output(struct doc_output *outputs, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(outputs[i].name, name))
            return &outputs[i];
    return NULL;
}

static void keep_part(struct aggregate_reader *r, struct doc_output *o, struct dotted part)
{
    struct dotted *parts = NEW_N(r->arena, struct dotted, o->part_count + 1);

    if (o->part_count > 0)
        memcpy(parts, o->parts, o->part_count * sizeof *parts);
    parts[o->part_count++] = part;
    o->parts = parts;
}

/* "a.b": 1 and "a.c": 1 are one output with two parts. */
static enum err read_kept(struct aggregate_reader *r, const struct known_names *before, str name,
                          struct doc_output *outputs, size_t *count, struct known_names *after)
{
    struct dotted part;
    struct known as;

    TRY(dotted_seen(r, before, name, &part, &as));
    struct doc_output *o = find_output(outputs, *count, as.name);
    if (o && (o->rule != OUTPUT_KEEP_PARTS || part.count == 1))
        return REFUSE_STAGE(r, "repeated", "$project: \"%.*s\" is named twice.", STR_ARG(short_name(as.name)));
    if (!o) {
        o = &outputs[(*count)++];
        *o = (struct doc_output){.name = as.name, .rule = part.count == 1 ? OUTPUT_KEEP : OUTPUT_KEEP_PARTS};
        known_put(r->arena, after, as);
    }
    if (part.count > 1)
        keep_part(r, o, part);
    return ERR_OK;
}

static enum err read_inclusion(struct aggregate_reader *r, struct known_names *known, const struct json *in, bool with_id,
                               struct stage *out)
{
    struct known_names before = *known;
    struct doc_output *outputs = NEW_N(r->arena, struct doc_output, in->count + 1);
    size_t count = 0;

    *known = (struct known_names){.used = before.used};
    if (with_id)
        TRY(read_kept(r, &before, S("_id"), outputs, &count, known));
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        enum wish wish = wish_of(v);
        if (wish == WISH_DROP)
            continue;
        if (wish == WISH_KEEP && str_equal(v->name, S("_id")))
            continue; /* there already */
        if (wish == WISH_KEEP) {
            TRY(read_kept(r, &before, v->name, outputs, &count, known));
            continue;
        }
        if (find_output(outputs, count, v->name))
            return REFUSE_STAGE(r, "repeated", "$project: \"%.*s\" is named twice.", STR_ARG(short_name(v->name)));
        TRY(refuse_wishes_inside(r, v));
        TRY(read_added(r, &before, v, &outputs[count], known));
        count++;
    }
    out->kind = RUN_SHAPE;
    out->outputs = outputs;
    out->output_count = count;
    return ERR_OK;
}

enum err project_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out)
{
    size_t kept = 0, dropped = 0, n = 0;
    bool drops_id = false, makes_id = false;

    if (in->type != JSON_MAP || in->count == 0)
        return REFUSE_STAGE(r, "type", "$project takes an object.");
    str *names = NEW_N(r->arena, str, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        enum wish wish = wish_of(&in->items[i]);
        bool is_id = str_equal(in->items[i].name, S("_id"));
        drops_id = drops_id || (is_id && wish == WISH_DROP);
        makes_id = makes_id || (is_id && wish == WISH_MAKE);
        if (wish == WISH_DROP)
            names[n++] = in->items[i].name;
        if (!is_id || wish == WISH_MAKE) {
            kept += wish != WISH_DROP;
            dropped += wish == WISH_DROP;
        }
    }
    if (kept > 0 && dropped > 0)
        return REFUSE_STAGE(r, "type", "$project either keeps fields or leaves fields out, not both.");
    if (n > 0 && kept == 0)
        return drop_names(r, known, names, n, out);
    bool has_id = false;
    for (size_t i = 0; i < known->count; i++)
        has_id = has_id || str_equal(known->at[i].name, S("_id"));
    return read_inclusion(r, known, in, has_id && !drops_id && !makes_id, out);
}
