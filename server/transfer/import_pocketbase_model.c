/* Collections of PocketBase as ours. Rules are not translated: they are told, for somebody to make grants of them. */
#include "base/limits.h"
#include "server/transfer/import_pocketbase.h"

static const struct {
    str type, kind;
    enum pocketbase_as as;
} types[] = {
    {STR("text"), STR("text"), POCKET_PLAIN},       {STR("number"), STR("number"), POCKET_NUMBER},
    {STR("bool"), STR("boolean"), POCKET_BOOL},     {STR("email"), STR("email"), POCKET_PLAIN},
    {STR("url"), STR("url"), POCKET_PLAIN},         {STR("editor"), STR("richtext"), POCKET_PLAIN},
    {STR("date"), STR("datetime"), POCKET_TIME},    {STR("autodate"), STR("datetime"), POCKET_TIME},
    {STR("select"), STR("select"), POCKET_PLAIN},   {STR("json"), STR("object"), POCKET_JSON},
    {STR("geoPoint"), STR("object"), POCKET_JSON},  {STR("file"), STR("text"), POCKET_PLAIN},
    {STR("relation"), STR("ref"), POCKET_LINK},
};

static const struct json *option(const struct json *given, str name)
{
    const struct json *v = json_get(given, name);
    return v ? v : json_get(json_get(given, S("options")), name);
}

static bool is_many(const struct json *given, str type)
{
    const struct json *most = option(given, S("maxSelect"));
    bool is_number = most && (most->type == JSON_INT || most->type == JSON_REAL);
    if (!str_equal(type, S("relation")) && !str_equal(type, S("select")) && !str_equal(type, S("file")))
        return false;
    if (!is_number) /* before 0.23 a relation without a bound is a list */
        return json_get(given, S("options")) && str_equal(type, S("relation"));
    return most->type == JSON_INT ? most->integer > 1 : most->real > 1;
}

static void add_field(struct pocketbase *p, struct pocketbase_collection *c, const struct json *given)
{
    str name = text_member(given, S("name")), type = text_member(given, S("type"));
    static const str server_side[] = {STR("id"), STR("created"), STR("updated"), STR("password"), STR("tokenKey"), STR("passwordHash")};
    for (size_t i = 0; i < COUNTOF(server_side); i++)
        if (str_equal(name, server_side[i]) && (i < 3 || true_member(given, S("system"))))
            return;
    struct pocketbase_field *f = &c->fields[c->field_count++];
    *f = (struct pocketbase_field){.name = name, .own = import_name(&c->names, S("field"), name), .kind = S("object"), .as = POCKET_JSON, .given = given};
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (str_equal(types[i].type, type)) {
            f->kind = types[i].kind;
            f->as = types[i].as;
        }
    f->many = is_many(given, type);
    f->required = true_member(given, S("required"));
    if (str_equal(type, S("file")) && !str_is_absent(p->storage)) {
        f->as = POCKET_FILE;
        f->kind = S("asset");
    } else if (str_equal(type, S("file")))
        transfer_tell(p->to, arena_format(p->arena, STR_FMT "." STR_FMT " keeps the names of files: there is no folder storage beside the database", STR_ARG(c->own), STR_ARG(f->own)));
    if (true_member(given, S("hidden")))
        transfer_tell(p->to, arena_format(p->arena, STR_FMT "." STR_FMT " is hidden in PocketBase; here grants say who reads it", STR_ARG(c->own), STR_ARG(f->own)));
}

/* What accounts had beside the schema before 0.23. */
static enum err add_account_fields(struct pocketbase *p, struct pocketbase_collection *c)
{
    static const str fields = STR("[{\"name\":\"username\",\"type\":\"text\"},{\"name\":\"email\",\"type\":\"email\"},"
                                  "{\"name\":\"emailVisibility\",\"type\":\"bool\"},{\"name\":\"verified\",\"type\":\"bool\"}]");
    const struct json *list;
    TRY(json_read(p->arena, fields, NULL, S("fields"), &list, p->why));
    for (uint32_t i = 0; i < list->count; i++)
        add_field(p, c, &list->items[i]);
    return ERR_OK;
}

static void tell_rules(struct pocketbase *p, const struct pocketbase_collection *c, const struct json *row)
{
    static const struct {
        str column;
        const char *word;
    } rules[] = {{STR("listRule"), "list"}, {STR("viewRule"), "view"}, {STR("createRule"), "create"}, {STR("updateRule"), "update"}, {STR("deleteRule"), "delete"}};
    str said = S("");
    for (size_t i = 0; i < COUNTOF(rules); i++) {
        const struct json *v = json_get(row, rules[i].column);
        if (v && v->type == JSON_TEXT)
            said = arena_format(p->arena, STR_FMT "%s%s: " STR_FMT, STR_ARG(said), said.len ? "; " : "", rules[i].word,
                                STR_ARG(v->text.len ? v->text : S("everybody")));
    }
    if (said.len)
        transfer_tell(p->to, arena_format(p->arena, "Rules of " STR_FMT " are not rights here until somebody makes grants of them: " STR_FMT, STR_ARG(c->own), STR_ARG(said)));
}

static enum err read_list(struct pocketbase *p, const struct json *row, str column, const struct json **out)
{
    str text = arena_copy(p->arena, text_member(row, column));
    *out = NULL;
    if (text.len == 0)
        return ERR_OK;
    struct problem own = {.arena = p->arena};
    if (json_read(p->arena, text, NULL, column, out, &own) != ERR_OK || ((*out)->type != JSON_LIST && (*out)->type != JSON_NULL))
        return problem_set(p->why, ERR_BAD_INPUT, "The table _collections is broken: nothing was imported");
    if ((*out)->type == JSON_NULL)
        *out = NULL;
    return ERR_OK;
}

enum err pocketbase_keep(struct pocketbase *p, const struct json *row)
{
    str name = arena_copy(p->arena, text_member(row, S("name"))), type = text_member(row, S("type"));
    const struct json *fields, *old, *indexes;
    if (str_equal(name, S("_superusers")))
        transfer_tell(p->to, S("Administrators of PocketBase stay there; vitrine user add makes one here"));
    if (name.len == 0 || name.at[0] == '_')
        return ERR_OK;
    if (str_equal(type, S("view"))) {
        transfer_tell(p->to, arena_format(p->arena, "The view " STR_FMT " is left out: it has no records of its own", STR_ARG(name)));
        return ERR_OK;
    }
    if (p->count == LIMIT_COLLECTIONS)
        return problem_set(p->why, ERR_TOO_LARGE, "More than %u collections", LIMIT_COLLECTIONS);
    TRY(read_list(p, row, S("fields"), &fields));
    TRY(read_list(p, row, S("schema"), &old));
    TRY(read_list(p, row, S("indexes"), &indexes));
    struct pocketbase_collection *c = &p->collections[p->count++];
    *c = (struct pocketbase_collection){.id = arena_copy(p->arena, text_member(row, S("id"))), .name = name, .own = import_name(&p->names, S("collection"), name), .indexes = indexes};
    c->names = (struct import_names){.arena = p->arena};
    const struct json *list = fields ? fields : old;
    c->fields = NEW_N(p->arena, struct pocketbase_field, (list ? list->count : 0) + 4);
    if (!fields && str_equal(type, S("auth")))
        TRY(add_account_fields(p, c));
    for (uint32_t i = 0; list && i < list->count; i++)
        add_field(p, c, &list->items[i]);
    if (!str_equal(c->own, name))
        transfer_tell(p->to, arena_format(p->arena, STR_FMT " is the collection " STR_FMT " here", STR_ARG(name), STR_ARG(c->own)));
    if (str_equal(type, S("auth")))
        transfer_tell(p->to, arena_format(p->arena, "Accounts of " STR_FMT " are items here, without passwords: nobody signs in as one of them", STR_ARG(c->own)));
    tell_rules(p, c, row);
    return ERR_OK;
}

void pocketbase_link(struct pocketbase *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->collections[i].field_count; k++) {
            struct pocketbase_field *f = &p->collections[i].fields[k];
            const struct json *id = f->as == POCKET_LINK ? option(f->given, S("collectionId")) : NULL;
            for (size_t n = 0; id && n < p->count; n++)
                if (json_is_text(id, p->collections[n].id))
                    f->to = &p->collections[n];
            if (f->as == POCKET_LINK && !f->to) { /* into a view or a table of PocketBase's own: the id is a text */
                f->as = POCKET_PLAIN;
                f->kind = S("text");
            }
        }
}

/* Definitions. */

static void put_number(struct member_list *m, str name, const struct json *v, bool positive)
{
    bool is_number = v && (v->type == JSON_INT || v->type == JSON_REAL);
    if (is_number && !(positive && (v->type != JSON_INT || v->integer <= 0)))
        member_put(m, name, json_named(name, *v));
}

static const struct json *choices(const struct json *given)
{
    const struct json *v = option(given, S("values"));
    return v && v->type == JSON_LIST && v->count ? v : NULL;
}

static struct json define_field(struct pocketbase *p, const struct pocketbase_collection *c, const struct pocketbase_field *f)
{
    struct member_list m = {.arena = p->arena};
    bool is_text = str_equal(text_member(f->given, S("type")), S("text")), is_choice = str_equal(f->kind, S("select"));
    member_put(&m, S("name"), json_of_text(f->own));
    member_put(&m, S("kind"), json_of_text(is_choice && !choices(f->given) ? S("text") : f->kind));
    if (f->many)
        member_put(&m, S("many"), json_true);
    if (f->to)
        member_put(&m, S("to"), json_of_text(f->to->own));
    if (f->to && true_member(f->given, S("cascadeDelete")) && !f->many)
        member_put(&m, S("on_delete"), json_of_text(S("cascade")));
    if (is_choice && choices(f->given))
        member_put(&m, S("options"), *choices(f->given));
    put_number(&m, S("minlength"), is_text ? option(f->given, S("min")) : NULL, true);
    put_number(&m, S("maxlength"), is_text ? option(f->given, S("max")) : NULL, true);
    put_number(&m, S("min"), f->as == POCKET_NUMBER ? option(f->given, S("min")) : NULL, false);
    put_number(&m, S("max"), f->as == POCKET_NUMBER ? option(f->given, S("max")) : NULL, false);
    if (f->as == POCKET_NUMBER && true_member(f->given, S("onlyInt")))
        member_put(&m, S("integer"), json_true);
    if (f->required && f->empty == 0)
        member_put(&m, S("required"), json_true);
    else if (f->required)
        transfer_tell(p->to, arena_format(p->arena, STR_FMT "." STR_FMT " is required no more: there are records without it", STR_ARG(c->own), STR_ARG(f->own)));
    return member_map(&m);
}

static const struct pocketbase_field *field_named(const struct pocketbase_collection *c, str name)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (str_equal(c->fields[i].name, name))
            return &c->fields[i];
    return NULL;
}

static str unquoted(str word)
{
    while (word.len && memchr("`\"'[] \t\n", word.at[0], 8))
        word = str_slice(word, 1, word.len);
    while (word.len && memchr("`\"'[] \t\n", word.at[word.len - 1], 8))
        word.len--;
    return word;
}

/* CREATE UNIQUE INDEX `x` ON `posts` (`slug`, `lang`) [WHERE `slug` != '']: the columns when all of them are fields of
 * ours that can be unique together. Any number of items may be without a value here, so that the usual condition holds. */
static bool unique_rule(struct pocketbase *p, const struct pocketbase_collection *c, str sql, struct json *out)
{
    size_t from, to;
    str rest, piece;
    bool ended = false;
    if (!str_contains(sql, S("UNIQUE")) && !str_contains(sql, S("unique")))
        return false;
    if (!str_find(sql, '(', &from) || !str_find(str_slice(sql, from, sql.len), ')', &to))
        return false;
    rest = str_slice(sql, from + 1, from + to);
    struct json *names = NEW_N(p->arena, struct json, LIMIT_FIELDS);
    size_t count = 0;
    while (str_next(&rest, &ended, ',', &piece)) {
        const struct pocketbase_field *f = field_named(c, unquoted(piece));
        if (!f || f->many || f->as == POCKET_JSON || count == 8)
            return false;
        names[count++] = json_of_text(f->own);
    }
    *out = json_of_list(names, count);
    return count > 0;
}

static const struct json *define(struct pocketbase *p, const struct pocketbase_collection *c)
{
    struct member_list m = {.arena = p->arena};
    struct json *fields = NEW_N(p->arena, struct json, c->field_count), *definition = NEW(p->arena, struct json);
    struct json *rules = NEW_N(p->arena, struct json, c->indexes ? c->indexes->count : 0);
    size_t rule_count = 0;
    for (size_t i = 0; i < c->field_count; i++)
        fields[i] = define_field(p, c, &c->fields[i]);
    for (uint32_t i = 0; c->indexes && i < c->indexes->count; i++) {
        const struct json *sql = &c->indexes->items[i];
        rule_count += sql->type == JSON_TEXT && unique_rule(p, c, sql->text, &rules[rule_count]);
    }
    member_put(&m, S("name"), json_of_text(c->own));
    member_put(&m, S("fields"), json_of_list(fields, c->field_count));
    if (rule_count)
        member_put(&m, S("unique"), json_of_list(rules, rule_count));
    *definition = member_map(&m);
    return definition;
}

enum err pocketbase_define(struct pocketbase *p)
{
    const struct json **list = NEW_N(p->arena, const struct json *, p->count);
    for (size_t i = 0; i < p->count; i++)
        list[i] = define(p, &p->collections[i]);
    return transfer_models(p->to, list, p->count, p->why);
}
