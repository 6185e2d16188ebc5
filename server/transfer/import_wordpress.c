/* Posts, pages, terms, authors and media of a WXR file. Everything is read and put aside first (harvest.h); which post
 * types and taxonomies there are, and so what the collections look like, is known at the end. */
#include "server/transfer/import_sources.h"

#include "base/http.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/transfer/wordpress_parts.h"

#include <stdlib.h>

#define MEMBERS (32u + WORDPRESS_TAXONOMIES)

/* An item that is being made. */
struct draft {
    struct json members[MEMBERS];
    size_t count;
};

/* The first one counts: some of them a file may say any number of times. */
static void say(struct draft *d, str name, struct json v)
{
    for (size_t i = 0; i < d->count; i++)
        if (str_equal(d->members[i].name, name))
            return;
    must(d->count < MEMBERS);
    d->members[d->count++] = json_named(name, v);
}

static void say_text(struct draft *d, str name, str text)
{
    if (text.len > 0)
        say(d, name, json_of_text(text));
}

static str id_of(struct wordpress *m, str collection, str theirs)
{
    return transfer_id(m->record, arena_format(m->record, "wordpress " STR_FMT, STR_ARG(wxr_site(m->from))), collection, theirs);
}

static enum err put(struct wordpress *m, size_t number, str key, const struct draft *d)
{
    struct json item = json_of_map(d->members, d->count);
    return harvest_add(m->harvest, number, key, 0, &item, m->why);
}

/* Nicenames come percent-encoded when they are not ASCII. */
static str slug_of(struct wordpress *m, str nicename)
{
    str plain;
    return percent_decode(m->record, nicename, false, &plain) && utf8_valid(plain) ? plain : nicename;
}

/* Records. */

static enum err take_author(struct wordpress *m, const struct wxr_record *r)
{
    struct draft *d = NEW(m->record, struct draft);
    str login = wxr_text(r, S("wp:author_login"));
    say(d, S("_id"), json_of_text(id_of(m, S("authors"), login)));
    say_text(d, S("login"), login);
    say_text(d, S("name"), wxr_text(r, S("wp:author_display_name")));
    say_text(d, S("email"), wxr_text(r, S("wp:author_email")));
    return put(m, m->authors, login, d);
}

/* A term as its own record says it, or as an item that has it does. */
static enum err add_term(struct wordpress *m, struct taxonomy *x, str nicename, str name, str parent, str info)
{
    struct draft *d = NEW(m->record, struct draft);
    say(d, S("_id"), json_of_text(id_of(m, x->collection, nicename)));
    say(d, S("name"), json_of_text(name.len ? name : nicename));
    say_text(d, S("slug"), slug_of(m, nicename));
    say_text(d, S("description"), info);
    x->is_tree |= parent.len > 0;
    if (parent.len > 0)
        say(d, S("_pid"), json_of_text(id_of(m, x->collection, parent)));
    return put(m, x->number, nicename, d);
}

static enum err take_term(struct wordpress *m, const struct wxr_record *r)
{
    static const struct {
        str record, taxonomy, nicename, parent, name, info;
    } spellings[] = {
        {STR("wp:category"), STR("category"), STR("wp:category_nicename"), STR("wp:category_parent"), STR("wp:cat_name"), STR("wp:category_description")},
        {STR("wp:tag"), STR("post_tag"), STR("wp:tag_slug"), STR(""), STR("wp:tag_name"), STR("wp:tag_description")},
        {STR("wp:term"), STR(""), STR("wp:term_slug"), STR("wp:term_parent"), STR("wp:term_name"), STR("wp:term_description")},
    };
    size_t k = 0;
    while (k + 1 < COUNTOF(spellings) && !str_equal(spellings[k].record, r->name))
        k++;
    struct taxonomy *x;
    str taxonomy = spellings[k].taxonomy.len ? spellings[k].taxonomy : wxr_text(r, S("wp:term_taxonomy"));
    if (str_equal(taxonomy, S("nav_menu")) || taxonomy.len == 0)
        return ERR_OK;
    TRY(wordpress_taxonomy(m, taxonomy, &x));
    return add_term(m, x, wxr_text(r, spellings[k].nicename), wxr_text(r, spellings[k].name),
                    wxr_text(r, spellings[k].parent), wxr_text(r, spellings[k].info));
}

/* The lists of references to terms; what taxonomies the type has is told by its items. */
static enum err take_terms_of(struct wordpress *m, const struct wxr_record *r, struct type *t, struct draft *d)
{
    uint64_t seen = 0;
    struct json *lists[WORDPRESS_TAXONOMIES] = {0};
    size_t counts[WORDPRESS_TAXONOMIES] = {0};
    for (size_t i = 0; i < r->count; i++) {
        const struct wxr_leaf *l = &r->leaves[i];
        struct taxonomy *x;
        if (!str_equal(l->name, S("category")) || l->domain.len == 0 || l->nicename.len == 0 || str_equal(l->domain, S("nav_menu")))
            continue;
        TRY(wordpress_taxonomy(m, l->domain, &x));
        TRY(add_term(m, x, l->nicename, l->text, S(""), S("")));
        size_t n = (size_t)(x - m->taxonomies);
        seen |= UINT64_C(1) << n;
        if (!lists[n])
            lists[n] = NEW_N(m->record, struct json, r->count);
        lists[n][counts[n]++] = json_of_text(id_of(m, x->collection, l->nicename));
    }
    t->taxonomies |= seen;
    for (size_t n = 0; n < m->taxonomy_count; n++)
        if (counts[n])
            say(d, m->taxonomies[n].field, json_of_list(lists[n], counts[n]));
    return ERR_OK;
}

/* Custom fields: those whose names begin with '_' are WordPress' and its plugins' own. */
static enum err take_meta(struct wordpress *m, const struct wxr_record *r, const struct type *t, struct draft *d)
{
    struct json *members = NEW_N(m->record, struct json, r->count + 1);
    size_t count = 0;
    for (size_t i = 0; i + 1 < r->count; i++) {
        if (!str_equal(r->leaves[i].name, S("wp:postmeta/wp:meta_key")) || !str_equal(r->leaves[i + 1].name, S("wp:postmeta/wp:meta_value")))
            continue;
        str key = r->leaves[i].text, value = r->leaves[i + 1].text;
        bool is_known = key.len == 0 || key.at[0] == '_';
        if (str_equal(key, S("_thumbnail_id")) && !t->is_media && value.len > 0)
            say(d, S("image"), json_of_text(id_of(m, S("media"), value)));
        if (str_equal(key, S("_wp_attachment_image_alt")) && t->is_media)
            say_text(d, S("alt"), value);
        for (size_t k = 0; k < count && !is_known; k++)
            is_known = str_equal(members[k].name, key);
        if (!is_known)
            members[count++] = json_named(key, json_of_text(value));
    }
    if (count > 0)
        say(d, S("meta"), json_of_map(members, count));
    return ERR_OK;
}

static bool time_of(const struct wxr_record *r, str gmt, str local, int64_t *ms)
{
    return time_read(wxr_text(r, gmt), ms) || time_read(wxr_text(r, local), ms);
}

static void say_times(struct wordpress *m, const struct wxr_record *r, struct draft *d)
{
    int64_t ms;
    struct buf text;
    if (time_of(r, S("wp:post_date_gmt"), S("wp:post_date"), &ms)) {
        buf_init(&text, m->record, 64);
        time_write(&text, ms);
        say(d, S("date"), json_of_text(buf_str(&text)));
        say(d, S("_created"), json_of_int(ms / 1000));
    }
    if (time_of(r, S("wp:post_modified_gmt"), S("wp:post_modified"), &ms))
        say(d, S("_modified"), json_of_int(ms / 1000));
}

/* Whatever was not for everybody does not become public. */
static int64_t state_of(struct wordpress *m, const struct wxr_record *r)
{
    str status = wxr_text(r, S("wp:status"));
    bool hidden = wxr_text(r, S("wp:post_password")).len > 0 || str_equal(status, S("private"));
    m->hidden += hidden;
    m->scheduled += str_equal(status, S("future"));
    if (str_equal(status, S("trash")))
        return -1;
    return !hidden && (str_equal(status, S("publish")) || str_equal(status, S("inherit")));
}

/* "[gallery ids="1,2"]", "[/caption]"; "[[so]]" is none. */
static uint64_t count_shortcodes(str s)
{
    uint64_t count = 0;
    for (size_t i = 0; i + 2 < s.len; i++) {
        if (s.at[i] != '[' || (i > 0 && s.at[i - 1] == '['))
            continue;
        size_t n = i + 1;
        while (n < s.len && ((s.at[n] >= 'a' && s.at[n] <= 'z') || s.at[n] == '_' || s.at[n] == '-'))
            n++;
        count += n > i + 1 && n < s.len && (s.at[n] == ']' || s.at[n] == ' ' || s.at[n] == '/');
    }
    return count;
}

static void say_parent(struct wordpress *m, const struct wxr_record *r, const struct type *t, struct draft *d)
{
    str parent = wxr_text(r, S("wp:post_parent"));
    int64_t order;
    bool has = parent.len > 0 && !str_equal(parent, S("0"));
    if (t->is_tree && has)
        say(d, S("_pid"), json_of_text(id_of(m, t->collection, parent)));
    if (t->is_tree && str_to_i64(wxr_text(r, S("wp:menu_order")), &order))
        say(d, S("_o"), json_of_int(order));
    m->orphans += has && !t->is_tree && !t->is_media;
}

static bool is_left_out(str type)
{
    static const str not_content[] = {STR("revision"), STR("nav_menu_item"), STR("customize_changeset"), STR("custom_css"), STR("oembed_cache"), STR("user_request"), STR("wp_global_styles"), STR("wp_navigation"), STR("wp_template"), STR("wp_template_part")};
    for (size_t i = 0; i < COUNTOF(not_content); i++)
        if (str_equal(not_content[i], type))
            return true;
    return type.len == 0;
}

static enum err say_author(struct wordpress *m, const struct wxr_record *r, struct draft *d)
{
    str login = wxr_text(r, S("dc:creator"));
    if (login.len == 0)
        return ERR_OK;
    struct draft *author = NEW(m->record, struct draft);
    str id = id_of(m, S("authors"), login);
    say(d, S("author"), json_of_text(id));
    say(author, S("_id"), json_of_text(id));
    say(author, S("login"), json_of_text(login));
    return put(m, m->authors, login, author);
}

static enum err take_item(struct wordpress *m, const struct wxr_record *r)
{
    str theirs = wxr_text(r, S("wp:post_type")), id = wxr_text(r, S("wp:post_id"));
    struct type *t;
    if (is_left_out(theirs) || str_equal(wxr_text(r, S("wp:status")), S("auto-draft"))) {
        m->left_out++;
        return ERR_OK;
    }
    if (id.len == 0)
        return problem_set(m->why, ERR_BAD_INPUT, "Line %llu: an item without wp:post_id", (unsigned long long)r->line);
    TRY(wordpress_type(m, theirs, &t));
    struct draft *d = NEW(m->record, struct draft);
    str content = wxr_text(r, S("content:encoded"));
    say(d, S("_id"), json_of_text(id_of(m, t->collection, id)));
    say(d, S("_state"), json_of_int(state_of(m, r)));
    say_text(d, S("title"), wxr_text(r, S("title")));
    say_text(d, S("slug"), slug_of(m, wxr_text(r, S("wp:post_name"))));
    say_text(d, t->is_media ? S("caption") : S("excerpt"), wxr_text(r, S("excerpt:encoded")));
    say_text(d, t->is_media ? S("description") : S("content"), content);
    if (t->is_media)
        say_text(d, S("url"), wxr_text(r, S("wp:attachment_url")));
    else
        say(d, S("sticky"), json_of_bool(str_equal(wxr_text(r, S("wp:is_sticky")), S("1"))));
    say_times(m, r, d);
    say_parent(m, r, t, d);
    TRY(say_author(m, r, d));
    TRY(take_meta(m, r, t, d));
    TRY(take_terms_of(m, r, t, d));
    m->shortcodes += count_shortcodes(content);
    m->items++;
    return put(m, t->number, id, d);
}

static enum err take_record(struct wordpress *m, const struct wxr_record *r)
{
    if (str_equal(r->name, S("item")))
        return take_item(m, r);
    return str_equal(r->name, S("wp:author")) ? take_author(m, r) : take_term(m, r);
}

static void tell_all(struct wordpress *m)
{
    transfer_tell_count(m->to, m->shortcodes, "shortcodes were kept as text");
    transfer_tell_count(m->to, m->hidden, "private or password-protected items are drafts now");
    transfer_tell_count(m->to, m->scheduled, "scheduled items are drafts now, with their date");
    transfer_tell_count(m->to, m->orphans, "items of custom types have lost their parents: only pages are a tree");
    transfer_tell_count(m->to, m->left_out, "menu entries, revisions and the like were not brought along");
    transfer_tell_count(m->to, wxr_comments(m->from), "comments were not brought along");
}

static enum err read_all(struct wordpress *m)
{
    uint64_t dropped;
    struct wxr_record r;
    bool found = true;
    while (found) {
        arena_reset(m->record);
        TRY(wxr_next(m->from, m->record, &r, &found, m->why));
        if (found)
            TRY(take_record(m, &r));
        transfer_show(m->to, wxr_progress(m->from) / 2);
    }
    TRY(wordpress_define(m));
    TRY(harvest_deliver(m->harvest, m->to, &dropped, m->why));
    tell_all(m);
    return ERR_OK;
}

enum err import_wordpress(struct transfer *t, const char *path, struct problem *why)
{
    struct wxr *from;
    TRY(wxr_open(path, &from, why));
    struct wordpress *m = calloc(1, sizeof *m);
    must(m != NULL);
    m->to = t;
    m->from = from;
    m->why = why;
    m->harvest = harvest_open();
    m->arena = arena_open(16u << 10);
    m->record = arena_open(64u << 10);
    wordpress_names(m);
    enum err e = harvest_collection(m->harvest, S("authors"), &m->authors, why);
    if (e == ERR_OK)
        e = read_all(m);
    harvest_close(m->harvest);
    wxr_close(from);
    arena_close(m->record);
    arena_close(m->arena);
    free(m);
    return e;
}
