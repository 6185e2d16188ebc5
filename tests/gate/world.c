/* The fixture: a small model, people for every row of the law, and the items whose facts the law knows. */
#include "tests/gate/matrix.h"
#include "tests/support/folder.h"

#include <stdlib.h>
#include <unistd.h>

static const char model[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}, {name:'salary', kind:'text'}, {name:'team', kind:'text'}]},"
    " {name:'ledger', fields:[{name:'entry', kind:'text'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', required:true}, {name:'body', kind:'text'},"
    "   {name:'owner', kind:'text'}, {name:'note', kind:'text'}, {name:'pin', kind:'secret'},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'more', kind:'ref', to:'authors', many:true},"
    "   {name:'ledger', kind:'ref', to:'ledger'}], actions:[{name:'approve', url:'https://192.0.2.1/'}]},"
    " {name:'sections', shape:'tree', fields:[{name:'title', kind:'text'}, {name:'owner', kind:'text'}]},"
    " {name:'site', shape:'single', fields:[{name:'title', kind:'text'}, {name:'owner', kind:'text'}]}]";

static const char people[] =
    "{roles: {"
    "  over: {grants:[{collection:'*', verbs:['*']}], valid_until:'2020-01-01T00:00:00Z'},"
    "  elsewhere: {grants:[{collection:'*', verbs:['*']}], addresses:['10.0.0.0/8']},"
    "  public: [{collection:'posts', verbs:['read'], fields:['title','author'], where:{_state:1}},"
    "           {collection:'authors', verbs:['read'], fields:['name','team']}],"
    "  reader: [{collection:'posts', verbs:['read'], fields:['title','body','author','more']},"
    "           {collection:'authors', verbs:['read'], fields:['name']}, {collection:'sections', verbs:['read']},"
    "           {collection:'site', verbs:['read']}],"
    "  author: [{collection:'posts', verbs:['read'], where:{$or:[{_state:1},{owner:'$user'}]}},"
    "           {collection:'posts', verbs:['create'], preset:{owner:'$user'}},"
    "           {collection:'posts', verbs:['update','delete'], where:{owner:'$user'}, check:{owner:'$user'}},"
    "           {collection:'authors', verbs:['read']}, {collection:'sections', verbs:['read']}],"
    "  editor: [{collection:'*', verbs:['*']}],"
    "  narrow: [{collection:'posts', verbs:['read','create','update'], fields:['title']}],"
    "  relation: [{collection:'posts', verbs:['read','approve'], where:{'author.team':'red.team'}}],"
    "  partial: [{collection:'posts', verbs:['read']}, {collection:'authors', verbs:['read'], where:{team:'red.team'}}],"
    "  keeper: [{collection:'users', verbs:['read'], fields:['name'], where:{_id:'$user'}},"
    "           {collection:'api_keys', verbs:['read'], fields:['label'], where:{user:'$user'}}],"
    "  writer: [{collection:'posts', verbs:['create','update']}],"
    "  heir: {inherits:['reader'], grants:[{collection:'site', verbs:['read','update']}]},"
    "  timed: {inherits:['over'], grants:[{collection:'posts', verbs:['*'], valid_until:'2020-01-01T00:00:00Z'},"
    "          {collection:'sections', verbs:['read'], valid_from:'2020-01-01T00:00:00Z', valid_until:'2100-01-01T00:00:00Z'},"
    "          {collection:'authors', verbs:['read'], valid_from:'2100-01-01T00:00:00Z'}]},"
    "  placed: {inherits:['elsewhere'], grants:[{collection:'posts', verbs:['read','update'], fields:['title'], addresses:['192.0.2.0/24']},"
    "           {collection:'site', verbs:['read'], addresses:['10.0.0.0/8','2001:db8::/32']}]},"
    "  patterned: [{collection:'s*', verbs:['read','update']}, {collection:'user*', verbs:['read']}],"
    "  cockpit: {permissions:{'content/posts/read':true, 'content/authors/read':true, 'content/authors/update':true,"
    "            'content/users/publish':true, 'app/users/manage':true, 'app/logs':true, 'app/spaces':true, 'content/ledger/read':false}}},"
    " groups: {desk: {roles:['author']}},"
    " users: {reader:{roles:['reader']}, author:{roles:['author']}, editor:{roles:['editor']}, narrow:{roles:['narrow']},"
    "         relation:{roles:['relation']}, partial:{roles:['partial']}, keeper:{roles:['keeper']}, writer:{roles:['writer']},"
    "         heir:{roles:['heir']}, member:{groups:['desk']}, timed:{roles:['timed']}, placed:{roles:['placed']},"
    "         patterned:{roles:['patterned']}, cockpit:{roles:['cockpit']}, admin:{roles:['admin']}},"
    " keys: {reader:{user:'reader'}, author:{user:'author'}, editor:{user:'editor'}, narrow:{user:'narrow'},"
    "        relation:{user:'relation'}, partial:{user:'partial'}, keeper:{user:'keeper'}, writer:{user:'writer'},"
    "        heir:{user:'heir'}, member:{user:'member'}, timed:{user:'timed'}, placed:{user:'placed'}, patterned:{user:'patterned'},"
    "        cockpit:{user:'cockpit'}, admin:{user:'admin'},"
    "        scoped:{user:'editor', scopes:[{collection:'posts', verbs:['read','update'], fields:['title','body'], where:{_state:1}},"
    "                                       {collection:'users'}]},"
    "        adminscoped:{user:'admin', scopes:[{collection:'posts', verbs:['read','delete']},"
    "                                           {collection:'users', verbs:['read'], fields:['name']}]},"
    "        expired:{user:'admin', expires_at:'2020-01-01T00:00:00Z'}, future:{user:'admin', not_before:'2100-01-01T00:00:00Z'},"
    "        disabled:{user:'admin', disabled:true}, revoked:{user:'admin'}}}";

static const struct {
    const char *collection, *fields;
} texts[] = {
    {"authors", "name salary team"},
    {"ledger", "entry"},
    {"posts", "title body note pin"},
    {"sections", "title"},
    {"site", "title"},
};

const char *world_text_fields(const char *collection)
{
    for (size_t i = 0; i < COUNTOF(texts); i++)
        if (str_equal(str_of(texts[i].collection), str_of(collection)))
            return texts[i].fields;
    return "";
}

static struct fact *fact_named(const char *name)
{
    for (size_t i = 0; i < fact_count; i++)
        if (str_equal(str_of(facts[i].name), str_of(name)))
            return &facts[i];
    return NULL;
}

static void add_reference(struct house *h, struct buf *b, const char *field, const char *name, bool many)
{
    (void)h;
    buf_format(b, many ? ",%s:['" STR_FMT "']" : ",%s:'" STR_FMT "'", field, STR_ARG(fact_named(name)->id));
}

void world_make(struct world *w, struct fact *f)
{
    struct house *h = w->house;
    struct arena *a = arena_open(4096);
    struct buf b;
    if (str_equal(str_of(f->collection), S("users"))) {
        f->id = house_user(h, f->name);
        arena_close(a);
        return;
    }
    buf_init(&b, h->arena, 1u << 16);
    buf_format(&b, "{_state:%d", f->state);
    str rest = str_of(world_text_fields(f->collection)), field;
    for (bool ended = false; str_next(&rest, &ended, ' ', &field);)
        buf_format(&b, "," STR_FMT ":'%s." STR_FMT "'", STR_ARG(field), f->name, STR_ARG(field));
    if (f->owner)
        buf_format(&b, ",owner:'" STR_FMT "'", STR_ARG(house_user(h, f->owner)));
    if (str_equal(str_of(f->collection), S("posts"))) {
        add_reference(h, &b, "author", f->red ? "red" : "blue", false);
        add_reference(h, &b, "more", f->red ? "blue" : "red", true);
        add_reference(h, &b, "ledger", "l1", false);
    }
    if (!str_is_absent(f->id) && house_has(h, f->collection, f->id)) {
        buf_byte(&b, '}');
        house_update(h, f->collection, f->id, arena_cstr(h->arena, buf_str(&b)));
    } else {
        if (!str_is_absent(f->id))
            buf_format(&b, ",_id:'" STR_FMT "'", STR_ARG(f->id));
        buf_byte(&b, '}');
        f->id = house_item(h, f->collection, arena_cstr(h->arena, buf_str(&b)));
    }
    arena_close(a);
}

/* Deletes what callers created: items that no fact knows. */
static void sweep(struct world *w, const char *collection)
{
    struct arena *a = arena_open(4096);
    const struct principal *who = principal_system(w->house->gate, a, SYSTEM_CHECK);
    struct query q = {.from = house_collection(who, collection), .limit = 100};
    struct item_list list;
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    must(gate_read(w->house->gate, who, &q, &list.receiver, NULL, &why) == ERR_OK);
    for (size_t i = 0; i < list.count; i++) {
        str id = json_get(&list.items[i], S("_id"))->text;
        bool known = false;
        for (size_t k = 0; k < fact_count; k++)
            known |= str_equal(facts[k].id, id);
        if (!known)
            house_delete(w->house, collection, id);
    }
    arena_close(a);
}

void world_restore(struct world *w)
{
    for (size_t i = 0; i < COUNTOF(texts); i++)
        sweep(w, texts[i].collection);
    for (size_t i = 0; i < fact_count; i++)
        world_make(w, &facts[i]);
}

void world_open(struct world *w, bool on_disk)
{
    *w = (struct world){.on_disk = on_disk};
    if (on_disk)
        folder_new(w->folder, "matrix");
    w->house = house_open_with(&(struct house_config){.directory = on_disk ? str_of(w->folder) : (str){0}});
    house_model(w->house, model);
    house_people(w->house, people);
    for (size_t i = 0; i < fact_count; i++) {
        facts[i].id = (str){0};
        world_make(w, &facts[i]);
    }
    house_delete(w->house, "api_keys", house_key_id(w->house, "revoked"));
}

void world_close(struct world *w)
{
    static const char *const files[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm", "vitrine.lock"};
    if (w->close_graph)
        w->close_graph(w);
    house_close(w->house);
    struct arena *a = arena_open(256);
    for (size_t i = 0; w->on_disk && i < COUNTOF(files); i++)
        (void)unlink(arena_cstr(a, arena_format(a, "%s/%s", w->folder, files[i])));
    if (w->on_disk)
        (void)rmdir(w->folder);
    arena_close(a);
}

void world_be(struct world *w, const char *who)
{
    house_people(w->house, str_equal(str_of(who), S("public")) ? "{public:'public'}" : "{public:null}");
}

str world_key(struct world *w, const char *who)
{
    if (str_equal(str_of(who), S("nobody")) || str_equal(str_of(who), S("public")))
        return (str){0};
    if (str_equal(str_of(who), S("garbage")))
        return S("garbage");
    if (str_equal(str_of(who), S("wrong")))
        return S("USR-0123456789abcdef0123456789abcdef01234567");
    return house_key(w->house, who);
}
