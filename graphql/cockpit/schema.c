/* Types and fields as Cockpit names them, out of the model and one caller's rights. */
#include "graphql/cockpit/internal.h"

#include "content/kind.h"

struct maker {
    struct gql_builder *b;
    struct arena *arena;
    const struct principal *who;
    struct gql_type *query, *mutation;
};

enum { OF_ITEMS = 1, OF_SINGLE = 2, OF_CONTENT = 4, OF_TREE = 8, OF_SAVE = 16, OF_DELETE = 32 };

/* In Cockpit's order, which introspection shows. */
static const struct {
    const char *name, *type, *standard, *deprecated, *doc;
    unsigned of;
} arguments[] = {
    {"model", "String!", NULL, NULL, "The collection's name.", OF_CONTENT | OF_TREE | OF_SAVE | OF_DELETE},
    {"parent", "String", NULL, NULL, "The node below which the answer begins; none: the top.", OF_TREE},
    {"_id", "String", NULL, NULL, "Only the item with this id.", OF_ITEMS},
    {"limit", "Int", NULL, NULL, "At most so many items; 0 or none: as many as there may be in one answer.", OF_ITEMS | OF_CONTENT},
    {"skip", "Int", NULL, NULL, "Leaves out so many in front.", OF_ITEMS | OF_CONTENT},
    {"sort", "JsonType", NULL, NULL, "{\"title\": 1, \"views\": -1}, or a text as the content API takes it.", OF_ITEMS | OF_CONTENT},
    {"locale", "String", "\"default\"", NULL, "The language of localised fields.",
     OF_ITEMS | OF_SINGLE | OF_CONTENT | OF_TREE},
    {"populate", "Int", "0", NULL, "So many steps along references, items take the place of links.",
     OF_ITEMS | OF_SINGLE | OF_CONTENT | OF_TREE},
    {"projection", "String", NULL, "Nothing looks at it: what is selected is what is read.",
     "Of Cockpit's.", OF_ITEMS},
    {"fields", "JsonType", NULL, NULL, "{\"title\": 1}, or a text as the content API takes it.", OF_CONTENT | OF_TREE},
    {"filter", "JsonType", NULL, NULL, "A condition in the content API's language.", OF_ITEMS | OF_CONTENT},
    {"data", "JsonType!", NULL, NULL, "The item; with _id it changes the one that is there.", OF_SAVE},
    {"file", "Upload", NULL, NULL, "Of the model assets: the file itself, as a part of a multipart request.", OF_SAVE},
    {"id", "String!", NULL, NULL, "Which item.", OF_DELETE},
};

static void add_arguments(struct maker *m, struct gql_field *f, unsigned of)
{
    for (size_t i = 0; i < COUNTOF(arguments); i++) {
        if ((arguments[i].of & of) == 0)
            continue;
        struct gql_input *in = gql_add_argument(m->b, f, str_of(arguments[i].name), gql_type_text(m->b, arguments[i].type),
                                                str_of(arguments[i].doc));
        in->meaning = str_equal(in->name, S("limit")) ? &gql_zero_is_all : NULL;
        if (arguments[i].standard != NULL)
            gql_set_default(m->b, in, arguments[i].standard);
        gql_set_deprecated(m->b, &in->words, str_of(arguments[i].deprecated));
    }
}

static struct gql_field *add_root(struct maker *m, struct gql_type *root, const char *name, const char *type, const char *doc,
                                  gql_writer *write, unsigned of)
{
    struct gql_field *f = gql_add_field(m->b, root, str_of(name), gql_type_text(m->b, type), str_of(doc));
    f->write = write;
    add_arguments(m, f, of);
    return f;
}

/* ---- values ---- */

static const struct {
    str kind;
    const char *scalar;               /* everything else is JsonType */
} scalars[] = {
    {STR("text"), "String"},   {STR("richtext"), "String"}, {STR("code"), "String"},  {STR("date"), "String"},
    {STR("time"), "String"},   {STR("datetime"), "String"}, {STR("color"), "String"}, {STR("slug"), "String"},
    {STR("email"), "String"},  {STR("url"), "String"},      {STR("select"), "String"}, {STR("multiselect"), "String"},
    {STR("tags"), "String"},   {STR("boolean"), "Boolean"}, {STR("number"), "NumericType"},
};

static const char *scalar_of(const struct field *f)
{
    for (size_t i = 0; i < COUNTOF(scalars); i++)
        if (str_equal(scalars[i].kind, f->kind->name))
            return scalars[i].scalar;
    return "JsonType";
}

static const struct gql_type *type_of(struct maker *m, const struct field *f);

/* `SetSeo` of a field `seo`; the second of that name is SetSeo2. */
static const struct gql_type *set_type(struct maker *m, const struct field *f)
{
    char first = f->name.at[0];
    str name = arena_format(m->arena, "Set%c" STR_FMT, first >= 'a' && first <= 'z' ? first - 'a' + 'A' : first, (int)f->name.len - 1,
                            f->name.at + 1);
    str free = name;
    for (unsigned n = 2; gql_type_have(m->b, free) != NULL; n++)
        free = arena_format(m->arena, STR_FMT "%u", STR_ARG(name), n);
    struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, free, f->info);
    for (size_t i = 0; i < f->member_count; i++)
        if ((f->members[i].kind->flags & KIND_SECRET) == 0)
            gql_add_field(m->b, t, f->members[i].name, type_of(m, &f->members[i]), f->members[i].info);
    return t;
}

static bool is_object_set(const struct field *f)
{
    if (!str_equal(f->kind->name, S("set")))
        return false;
    for (size_t i = 0; i < f->member_count; i++)
        if ((f->members[i].kind->flags & KIND_SECRET) == 0)
            return true;
    return false; /* an object without members is no type */
}

static const struct gql_type *type_of(struct maker *m, const struct field *f)
{
    const struct gql_type *t = is_object_set(f) ? set_type(m, f) : gql_type_text(m->b, scalar_of(f));
    return f->kind->one != NULL ? gql_list_of(m->b, t) : t;
}

/* What is published has its required values; a link may lead to what this caller does not see, and who makes a value out
 * of others knows nothing of "required". */
static bool is_never_null(const struct field *f)
{
    return f->required && f->computed == NULL && (f->kind->flags & KIND_REF) == 0 && !f->localized;
}

/* ---- items ---- */

static const struct {
    enum meta meta;
    const char *type;                 /* of items; singletons may lack all of them */
} metas[] = {
    {META_ID, "String!"},   {META_STATE, "Int!"}, {META_CREATED, "Int!"}, {META_MODIFIED, "Int!"}, {META_CBY, "String"},
    {META_MBY, "String"},   {META_REV, "Int!"},   {META_PARENT, "String"}, {META_ORDER, "Int!"},
};

static void add_item_field(struct maker *m, struct gql_type *t, const struct field *f, const struct gql_type *type)
{
    struct cockpit_meaning *meaning = NEW(m->arena, struct cockpit_meaning);
    meaning->field = f;
    gql_add_field(m->b, t, f->name, type, f->info)->meaning = meaning;
}

static void add_item_fields(struct maker *m, struct gql_type *t, const struct collection *c, const field_set *seen)
{
    for (size_t i = 0; i < COUNTOF(metas); i++) {
        const struct gql_type *type = gql_type_text(m->b, metas[i].type);
        if (field_set_has(&c->meta_fields, metas[i].meta) && field_set_has(seen, metas[i].meta))
            add_item_field(m, t, &c->fields[metas[i].meta], c->shape == SHAPE_SINGLE ? gql_nullable(type) : type);
    }
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (!field_set_has(seen, i) || field_set_has(&c->secret_fields, i))
            continue;
        const struct gql_type *type = type_of(m, f);
        add_item_field(m, t, f, is_never_null(f) && c->shape != SHAPE_SINGLE ? gql_non_null(m->b, type) : type);
    }
}

static bool is_a_model(const struct collection *c)
{
    return !c->system || c->shape == SHAPE_SINGLE; /* the site's settings are, accounts and keys are not */
}

static void add_model(struct maker *m, const struct collection *c)
{
    const struct access *access = rights_access(m->who->rights, VERB_READ, c);
    if (!is_a_model(c) || !access->granted || field_set_is_empty(&access->fields))
        return;
    str name = arena_format(m->arena, STR_FMT "Model", STR_ARG(c->name));
    struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, name, c->info);
    add_item_fields(m, t, c, &access->fields);
    bool is_single = c->shape == SHAPE_SINGLE;
    struct gql_field *f = gql_add_field(m->b, m->query, name, is_single ? t : gql_list_of(m->b, t), c->label);
    struct cockpit_meaning *meaning = NEW(m->arena, struct cockpit_meaning);
    meaning->of = c;
    f->meaning = meaning;
    f->write = is_single ? cockpit_read_single : cockpit_read_items;
    add_arguments(m, f, is_single ? OF_SINGLE : OF_ITEMS);
}

/* ---- changes ---- */

static bool may_somewhere(const struct principal *who, enum verb verb)
{
    const struct model *model = principal_model(who);
    for (size_t i = 0; i < model->collection_count; i++)
        if (gate_may(who, verb, model->collections[i]))
            return true;
    return false;
}

static enum err no_error(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                         struct problem *why)
{
    (void)x; /* what goes wrong is told in `errors` */
    (void)node;
    (void)self;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_NULL};
    return ERR_OK;
}

static enum err is_done(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                        struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_true};
    return ERR_OK;
}

static void add_mutations(struct maker *m)
{
    bool saves = may_somewhere(m->who, VERB_CREATE) || may_somewhere(m->who, VERB_UPDATE);
    bool deletes = may_somewhere(m->who, VERB_DELETE);
    static const char *const never = "Always null: what goes wrong is told in errors.";
    if (saves || deletes)
        m->mutation = gql_type_make(m->b, GQL_OBJECT_TYPE, S("Mutation"), (str){0});
    if (saves) {
        struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, S("saveContentItem"), (str){0});
        gql_add_field(m->b, t, S("item"), gql_type_text(m->b, "JsonType"), S("What was written, as the caller sees it."))->write =
            cockpit_write_saved;
        gql_add_field(m->b, t, S("error"), gql_type_text(m->b, "String"), str_of(never))->resolve = no_error;
        add_root(m, m->mutation, "saveContentItem", "saveContentItem", "Creates an item, or changes the one that data._id names.",
                 cockpit_save, OF_SAVE);
    }
    if (deletes) {
        struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, S("deleteContentItem"), (str){0});
        gql_add_field(m->b, t, S("success"), gql_type_text(m->b, "Boolean"), (str){0})->resolve = is_done;
        gql_add_field(m->b, t, S("error"), gql_type_text(m->b, "String"), str_of(never))->resolve = no_error;
        add_root(m, m->mutation, "deleteContentItem", "deleteContentItem", "Deletes an item.", cockpit_delete, OF_DELETE);
    }
}

static void release(void *rights)
{
    counted_release(rights);
}

/* Names and meanings are the model's: it stays as long as the schema. */
static void keep(struct maker *m)
{
    struct counted *rights = (struct counted *)(uintptr_t)&m->who->rights->counted;
    counted_use(rights);
    arena_on_close(m->arena, release, rights);
}

struct gql_schema *cockpit_schema_make(const struct principal *who, bool may_introspect)
{
    struct gql_builder *b = gql_build(S("Cockpit's schema of this site's content."));
    struct maker m = {.b = b, .arena = gql_build_arena(b), .who = who};
    const struct model *model = principal_model(who);
    keep(&m);
    gql_type_make(b, GQL_SCALAR, S("JsonType"), S("Any JSON value."))->scalar = &gql_json;
    gql_type_make(b, GQL_SCALAR, S("NumericType"), S("A number, whole or not."))->scalar = &gql_float;
    gql_type_make(b, GQL_SCALAR, S("Upload"), S("A file that comes with the request."))->scalar = &gql_file;
    m.query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    for (size_t i = 0; i < model->collection_count; i++)
        add_model(&m, model->collections[i]);
    add_root(&m, m.query, "content", "[JsonType]", "Items of any collection, as the content API writes them.", cockpit_read_content,
             OF_CONTENT);
    add_root(&m, m.query, "contentTree", "[JsonType]", "A tree's nodes, those below them in `_children`.", cockpit_read_tree, OF_TREE)
        ->cost = 1000;
    add_mutations(&m);
    struct gql_schema *schema = gql_schema_finish(b, m.query, m.mutation, NULL);
    schema->hides_itself = !may_introspect;
    return schema;
}
