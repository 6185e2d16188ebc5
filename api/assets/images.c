/* Pictures made on request, with Cockpit's parameters (cockpit.md 11): its answer is the address of what was made;
 * with o=1 the bytes, with re=1 a redirect to them, with b64=1 a data: URI. What is made is bounded: sizes by
 * base/limits.h, and callers without a credential choose from presets unless the operator says otherwise. */
#include "api/assets/assets.h"

#include "base/crypt.h"
#include "base/limits.h"

const char *const asset_image_names[] = {"w", "h",  "m",   "q", "mime",      "fp", "f",     "r",
                                         "o", "re", "b64", "t", "smartcrop", "v",  "token", NULL};
const char *const asset_preset_names[] = {"o", "re", "b64", "r", "t", "v", "token", NULL};

/* clang-format off */
static const struct preset_row {
    str name;
    struct image_wish wish;
} presets[] = {
    {STR("thumbnail"), {.mode = IMAGE_THUMBNAIL, .format = IMAGE_WEBP, .width = 150, .height = 150, .quality = 80}},
    {STR("small"), {.mode = IMAGE_BEST_FIT, .format = IMAGE_WEBP, .width = 400, .height = 300, .quality = 85}},
    {STR("medium"), {.mode = IMAGE_BEST_FIT, .format = IMAGE_WEBP, .width = 800, .height = 600, .quality = 85}},
    {STR("large"), {.mode = IMAGE_BEST_FIT, .format = IMAGE_WEBP, .width = 1200, .height = 900, .quality = 85}},
    {STR("hero"), {.mode = IMAGE_BEST_FIT, .format = IMAGE_WEBP, .width = 1920, .height = 1080, .quality = 90}},
};
static const struct {
    str word;
    uint32_t x, y;
} anchors[] = {
    {STR("center"), 5000, 5000}, {STR("centre"), 5000, 5000}, {STR("top"), 5000, 0}, {STR("bottom"), 5000, 10000},
    {STR("left"), 0, 5000}, {STR("right"), 10000, 5000}, {STR("top left"), 0, 0}, {STR("top right"), 10000, 0},
    {STR("bottom left"), 0, 10000}, {STR("bottom right"), 10000, 10000},
};
/* clang-format on */
static const str interests[] = {STR(""), STR("centre"), STR("entropy"), STR("attention"), STR("low"), STR("high")};

/* One request, its parameters read. */
struct asked {
    struct query_string query;
    struct image_wish wish;
    bool has_focus, is_auto, output, redirect, base64;
};

static enum err bad(struct problem *why, const char *name, const char *text)
{
    return problem_fault(why, ERR_BAD_INPUT, str_of(name), S("parameter"), "%s", text);
}

static bool is_on(const struct query_string *q, const char *name)
{
    str v = query_string_get(q, str_of(name));
    return v.len && !str_equal(v, S("0")) && !str_equal(v, S("false"));
}

/* "original": as it is, which says nothing. */
static enum err read_side(const struct asked *a, const char *name, bool *said, uint32_t *out, struct problem *why)
{
    uint64_t n = 0;
    str v = query_string_get(&a->query, str_of(name));
    *said = v.len > 0;
    if (v.len == 0 || str_equal(v, S("original")))
        return ERR_OK;
    if (!str_to_u64(v, LIMIT_IMAGE_SIDE, &n) || n == 0)
        return problem_fault(why, ERR_BAD_INPUT, str_of(name), S("parameter"), "%s must be a number from 1 to %u, or original", name, LIMIT_IMAGE_SIDE);
    *out = (uint32_t)n;
    return ERR_OK;
}

static enum err read_quality(struct asked *a, struct problem *why)
{
    uint64_t n = 80;
    str v = query_string_get(&a->query, S("q"));
    if (v.len && (!str_to_u64(v, 100, &n) || n == 0))
        return bad(why, "q", "q must be a number from 1 to 100");
    a->wish.quality = (uint32_t)n;
    return ERR_OK;
}

static enum err read_mode(struct asked *a)
{
    str v = query_string_get(&a->query, S("m"));
    a->wish.mode = IMAGE_THUMBNAIL; /* anything else is, too */
    for (enum image_mode m = 0; m < IMAGE_MODE_COUNT; m++)
        if (str_equal(v, image_mode_names[m]))
            a->wish.mode = m;
    return ERR_OK;
}

static enum err read_format(struct asked *a, struct problem *why)
{
    str v = query_string_get(&a->query, S("mime"));
    a->is_auto = v.len == 0 || str_equal(v, S("auto"));
    for (enum image_format f = 0; f < IMAGE_FORMAT_COUNT; f++) {
        bool named = str_equal(v, image_formats[f].name) || str_equal(v, image_formats[f].mime);
        if (named || (f == IMAGE_JPEG && str_equal(v, S("jpg")))) {
            a->wish.format = f;
            return ERR_OK;
        }
    }
    return a->is_auto ? ERR_OK : bad(why, "mime", "mime must be auto, gif, jpeg, png, webp, bmp or avif");
}

/* "0.25" in parts of 10,000. */
static bool read_part(str s, uint32_t *out)
{
    str whole, rest;
    uint64_t n = 0, scale = 1000, fraction = 0;
    bool has_point = str_cut(s, '.', &whole, &rest);
    if (!str_to_u64(whole, 1, &n) || (has_point && rest.len == 0))
        return false;
    for (size_t i = 0; i < rest.len; i++, scale /= 10) {
        if (rest.at[i] < '0' || rest.at[i] > '9')
            return false;
        fraction += scale * (uint64_t)(rest.at[i] - '0');
    }
    *out = (uint32_t)(n * 10000 + fraction);
    return *out <= 10000;
}

static enum err read_focus(struct asked *a, struct problem *why)
{
    str v = query_string_get(&a->query, S("fp")), x, y;
    if (v.len == 0)
        return ERR_OK;
    a->has_focus = true;
    for (size_t i = 0; i < COUNTOF(anchors); i++)
        if (str_equal_nocase(v, anchors[i].word)) {
            a->wish.focus_x = anchors[i].x;
            a->wish.focus_y = anchors[i].y;
            return ERR_OK;
        }
    if (str_cut(v, ' ', &x, &y) && read_part(x, &a->wish.focus_x) && read_part(str_trim(y), &a->wish.focus_y))
        return ERR_OK;
    return bad(why, "fp", "fp must be two numbers from 0 to 1, like 0.25 0.5, or a word like top left");
}

static enum err read_interest(struct asked *a, struct problem *why)
{
    str v = query_string_get(&a->query, S("smartcrop"));
    for (uint32_t i = 0; i < COUNTOF(interests); i++)
        if (str_equal(v.at ? v : S(""), interests[i])) {
            a->wish.interest = i;
            return ERR_OK;
        }
    return bad(why, "smartcrop", "smartcrop must be attention, centre, entropy, low or high");
}

static bool read_value(enum image_filter f, str v, uint32_t *out)
{
    uint64_t n = 0;
    if (f == IMAGE_FILTER_flip) {
        static const str ways[] = {STR(""), STR("x"), STR("y"), STR("both")};
        for (uint32_t i = 0; i < COUNTOF(ways); i++)
            if (str_equal(v, ways[i])) {
                *out = i;
                return true;
            }
        return false;
    }
    if (f == IMAGE_FILTER_colorize) {
        for (size_t i = str_starts(v, S("#")); i < v.len; i++) {
            int digit = v.at[i] >= '0' && v.at[i] <= '9' ? v.at[i] - '0' : (v.at[i] | 32) >= 'a' && (v.at[i] | 32) <= 'f' ? (v.at[i] | 32) - 'a' + 10 : -1;
            if (digit < 0 || n > 0xfffff)
                return false;
            n = n * 16 + (uint64_t)digit;
        }
        *out = (uint32_t)n | 1u << 24;
        return v.len >= 6;
    }
    bool good = v.len == 0 || str_to_u64(v, 100, &n);
    *out = (uint32_t)n;
    return good;
}

/* f=sepia, f[]=sepia, f[blur]=5 */
static enum err take_filter(struct asked *a, str name, str value, struct problem *why)
{
    str word = str_equal(name, S("f")) || str_equal(name, S("f[]")) ? value : str_slice(name, 2, name.len - 1);
    str v = word.at == value.at ? S("") : value;
    if (a->wish.filter_count == LIMIT_IMAGE_FILTERS)
        return bad(why, "f", "There are too many filters");
    for (enum image_filter f = 0; f < IMAGE_FILTER_COUNT; f++) {
        uint32_t n = 0;
        if (!str_equal(word, image_filter_names[f]))
            continue;
        if (!read_value(f, v, &n))
            return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), "This is no value of the filter " STR_FMT, STR_ARG(word));
        a->wish.filters[a->wish.filter_count].filter = f;
        a->wish.filters[a->wish.filter_count++].value = n;
        return ERR_OK;
    }
    return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), "There is no filter " STR_FMT, STR_ARG(word));
}

static bool is_listed(const char *const *names, str name)
{
    for (size_t i = 0; names[i]; i++)
        if (str_equal(str_of(names[i]), name))
            return true;
    return false;
}

static enum err read_names(struct exchange *x, struct api *api, const char *const *names, struct asked *a, struct problem *why)
{
    *a = (struct asked){0};
    TRY(query_string_read(x->arena, x->query, &a->query, why));
    for (size_t i = 0; i < a->query.count; i++) {
        str name = a->query.pairs[i].name;
        bool is_filter = str_equal(name, S("f")) || (str_starts(name, S("f[")) && str_ends(name, S("]")));
        if (is_filter && is_listed(names, S("f")))
            (void)take_filter(a, name, a->query.pairs[i].value, why);
        else if (!is_listed(names, name) && !(api->key_in_query && str_equal(name, S("api_key"))))
            (void)problem_fault(why, ERR_BAD_INPUT, name, S("unknown-parameter"), "There is no parameter " STR_FMT " here", STR_ARG(name));
    }
    a->output = is_on(&a->query, "o");
    a->redirect = is_on(&a->query, "re");
    a->base64 = is_on(&a->query, "b64");
    return why->err;
}

static enum err read_wish(struct asked *a, struct problem *why)
{
    bool width = false, height = false;
    (void)read_side(a, "w", &width, &a->wish.width, why);
    (void)read_side(a, "h", &height, &a->wish.height, why);
    if (!width && !height)
        (void)bad(why, "w", "w or h must be given");
    (void)read_quality(a, why);
    (void)read_mode(a);
    (void)read_format(a, why);
    (void)read_focus(a, why);
    (void)read_interest(a, why);
    return why->err;
}

/* Does the header name this type, and not with q=0? Wildcards mean what every client can show. */
static bool accepts(const struct exchange *x, str mime)
{
    str header = exchange_header(x, S("accept")), piece, type, rest;
    bool ended = str_is_absent(header);
    while (str_next(&header, &ended, ',', &piece)) {
        (void)str_cut(piece, ';', &type, &rest);
        rest = str_trim(rest);
        if (str_equal_nocase(str_trim(type), mime))
            return !(str_equal(rest, S("q=0")) || str_starts(rest, S("q=0.0")));
    }
    return false;
}

static enum image_format format_for(const struct exchange *x, const struct file *f)
{
    if (accepts(x, S("image/avif")))
        return IMAGE_AVIF;
    if (accepts(x, S("image/webp")))
        return IMAGE_WEBP;
    for (enum image_format i = 0; i < IMAGE_FORMAT_COUNT; i++)
        if (str_equal(f->mime, image_formats[i].mime) && i != IMAGE_AVIF)
            return i;
    return str_equal(f->mime, S("image/png")) ? IMAGE_PNG : IMAGE_JPEG;
}

/* The same request for the bytes, whatever it said of how to answer. */
static str url_of(struct exchange *x, const struct asked *a, const struct file *f)
{
    struct buf b;
    buf_init(&b, x->arena, LIMIT_TARGET_BYTES * 4);
    buf_add(&b, x->path);
    buf_byte(&b, '?');
    for (size_t i = 0; i < a->query.count; i++) {
        static const char *const left_out[] = {"o", "re", "b64", "r", "v", "api_key", NULL};
        if (is_listed(left_out, a->query.pairs[i].name))
            continue;
        buf_percent(&b, a->query.pairs[i].name);
        buf_byte(&b, '=');
        buf_percent(&b, a->query.pairs[i].value);
        buf_byte(&b, '&');
    }
    buf_format(&b, "o=1&v=" STR_FMT, STR_ARG(asset_tag_of_url(f)));
    return buf_str(&b);
}

static enum err read_made(void *self, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return made_read(self, offset, into, room, got, why);
}

static str name_of(struct exchange *x, const struct file *f, const struct made *m)
{
    size_t stem = f->name.len;
    for (size_t i = f->name.len; i > 1 && stem == f->name.len; i--)
        if (f->name.at[i - 1] == '.')
            stem = i - 1;
    return arena_format(x->arena, STR_FMT "." STR_FMT, (int)stem, f->name.at, STR_ARG(m->format->extension));
}

static enum err send_made(struct exchange *x, const struct asked *a, struct file *f, struct made *m, struct problem *why)
{
    struct sending s = {.read = read_made, .self = m, .size = m->size, .tag = m->tag, .mime = m->format->mime,
                        .cache = asset_cache(x, f, query_string_get(&a->query, S("v"))), .modified_s = f->modified_s,
                        .disposition = media_disposition(x->arena, m->format->name.at != image_formats[IMAGE_BMP].name.at, name_of(x, f, m)),
                        .is_anybodys = f->is_shared || f->by_link};
    return asset_send(x, &s, why);
}

static enum err send_data(struct exchange *x, struct file *f, struct made *m, struct problem *why)
{
    size_t got = 0;
    if (m->size > LIMIT_RESPONSE_BYTES / 4 * 3 - 100)
        return problem_set(why, ERR_TOO_LARGE, "The picture is too large for a data: URI");
    char *bytes = arena_get(x->arena, (size_t)m->size, 1);
    for (uint64_t at = 0; at < m->size; at += got) {
        TRY(made_read(m, at, bytes + at, (size_t)(m->size - at), &got, why));
        if (got == 0)
            return problem_set(why, ERR_UNAVAILABLE, "The picture cannot be read");
    }
    str text = base64_encode(x->arena, (str){bytes, (size_t)m->size});
    exchange_add_header(x, S("Cache-Control"), f->is_shared ? S("public, no-cache") : S("private, no-cache"));
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), arena_format(x->arena, "data:" STR_FMT ";base64," STR_FMT, STR_ARG(m->format->mime), STR_ARG(text)));
    return ERR_OK;
}

/* The address of what was made, which is made when it is first asked for. */
static enum err send_url(struct exchange *x, const struct asked *a, const struct file *f)
{
    str url = url_of(x, a, f);
    exchange_add_header(x, S("Cache-Control"), f->is_shared ? S("public, no-cache") : S("private, no-cache"));
    if (a->redirect) {
        exchange_add_header(x, S("Location"), url);
        exchange_send_nothing(x, 302);
        return ERR_OK;
    }
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), url);
    return ERR_OK;
}

static enum err answer_with(struct exchange *x, struct api *api, struct asked *a, struct file *f, struct problem *why)
{
    struct made m;
    if (!a->has_focus) {
        a->wish.focus_x = f->focus_x;
        a->wish.focus_y = f->focus_y;
    }
    if (a->is_auto) {
        a->wish.format = format_for(x, f);
        exchange_add_header(x, S("Vary"), S("Accept"));
    }
    if (!f->media->is_raster) /* what is no picture, or one of lines, is as large as one likes: itself */
        return a->output ? asset_send_file(x, f, false, query_string_get(&a->query, S("v")), why) : send_url(x, a, f);
    if (!a->output && !a->base64)
        return send_url(x, a, f);
    TRY(gate_image(api->gate, f, &a->wish, x->arena, &m, why));
    enum err e = a->base64 ? send_data(x, f, &m, why) : send_made(x, a, f, &m, why);
    made_close(&m);
    return e;
}

/* Cockpit says 400 where there is no such asset; hidden and absent ones alike. */
static enum err open_file(struct exchange *x, struct api *api, const struct asked *a, str id, struct file *f, struct problem *why)
{
    struct file_wish wish = {.id = id, .link = query_string_get(&a->query, S("token"))};
    enum err e = gate_bytes(api->gate, x->who, &wish, x->arena, f, why);
    return e == ERR_NOT_FOUND ? problem_set(why, ERR_BAD_INPUT, "There is no such file") : e;
}

static enum err answer_asked(struct exchange *x, struct api *api, struct asked *a, str id, struct problem *why)
{
    struct file f;
    TRY(open_file(x, api, a, id, &f, why));
    enum err e = answer_with(x, api, a, &f, why);
    file_close(&f);
    return e;
}

/* Bounded sets for whoever cannot be told apart from the whole world (security F-5). */
static enum err may_choose(struct exchange *x, const struct api *api, const struct asked *a, bool is_preset, struct problem *why)
{
    enum transform rule = gate_transform(api->gate);
    bool is_public = x->who->kind == PRINCIPAL_PUBLIC && str_is_absent(query_string_get(&a->query, S("token")));
    if (!is_public || rule == TRANSFORM_ALL || (is_preset && rule == TRANSFORM_PRESETS))
        return ERR_OK;
    return problem_set(why, ERR_UNAUTHENTICATED, rule == TRANSFORM_NONE ? "Pictures are not made for callers without a credential"
                                                                        : "Without a credential there are presets: /api/assets/presets");
}

static enum err may_read(struct exchange *x, struct problem *why)
{
    return gate_allows(x->who, VERB_READ, model_find(principal_model(x->who), S("assets")), why);
}

/* Who has no business with pictures is told so before anything else; a signed link speaks for itself. */
static enum err may_look(struct exchange *x, struct problem *why)
{
    struct query_string query;
    struct problem quiet = {.arena = x->arena};
    bool has_link = query_string_read(x->arena, x->query, &query, &quiet) == ERR_OK && !str_is_absent(query_string_get(&query, S("token")));
    return has_link ? ERR_OK : may_read(x, why);
}

enum err asset_image(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct asked a;
    TRY(may_look(x, why));
    enum err e = read_names(x, app, asset_image_names, &a, why);
    if (e == ERR_OK)
        e = read_wish(&a, why);
    TRY(e);
    TRY(may_choose(x, app, &a, false, why));
    return answer_asked(x, app, &a, param(p, "id"), why);
}

enum err asset_preset(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct asked a;
    TRY(may_look(x, why));
    TRY(read_names(x, app, asset_preset_names, &a, why));
    for (size_t i = 0; i < COUNTOF(presets); i++)
        if (str_equal(presets[i].name, param(p, "preset"))) {
            a.wish = presets[i].wish;
            TRY(may_choose(x, app, &a, true, why));
            return answer_asked(x, app, &a, param(p, "id"), why);
        }
    return problem_set(why, ERR_NOT_FOUND, "There is no preset " STR_FMT, STR_ARG(param(p, "preset")));
}

enum err asset_presets(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct content_params none;
    struct answer answer;
    (void)p;
    TRY(may_read(x, why));
    TRY(content_params_read(x, app, content_no_names, &none, why));
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    for (size_t i = 0; i < COUNTOF(presets); i++) {
        const struct image_wish *w = &presets[i].wish;
        json_name(&answer.json, presets[i].name);
        json_map_open(&answer.json);
        json_name(&answer.json, S("width"));
        json_uint(&answer.json, w->width);
        json_name(&answer.json, S("height"));
        json_uint(&answer.json, w->height);
        json_name(&answer.json, S("mode"));
        json_text(&answer.json, image_mode_names[w->mode]);
        json_name(&answer.json, S("quality"));
        json_uint(&answer.json, w->quality);
        json_name(&answer.json, S("mime"));
        json_text(&answer.json, image_formats[w->format].name);
        json_map_close(&answer.json);
    }
    json_map_close(&answer.json);
    return answer_send(x, &answer, NULL, why);
}
