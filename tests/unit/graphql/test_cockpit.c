/* Cockpit's schema (graphql/cockpit): whose field it has, what it reads, what it refuses to write. */
#include "base/limits.h"
#include "graphql/cockpit/cockpit.h"
#include "tests/support/check.h"
#include "tests/support/house.h"

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text', required:true}]},"
                   " {name:'posts', fields:[{name:'title', kind:'text', required:true}, {name:'views', kind:'number'},"
                   "   {name:'tags', kind:'tags'}, {name:'featured', kind:'boolean'}, {name:'mood', kind:'select', options:['good','bad']},"
                   "   {name:'author', kind:'ref', to:'authors'}, {name:'also', kind:'ref', to:'authors', many:true},"
                   "   {name:'seo', kind:'set', fields:[{name:'title', kind:'text'}, {name:'by', kind:'ref', to:'authors'}]},"
                   "   {name:'rows', kind:'set', many:true, fields:[{name:'n', kind:'number'}]}, {name:'free', kind:'object'},"
                   "   {name:'pin', kind:'secret'}]},"
                   " {name:'topics', shape:'tree', fields:[{name:'title', kind:'text'}]},"
                   " {name:'home', shape:'single', fields:[{name:'title', kind:'text'}]},"
                   " {name:'other', fields:[{name:'seo', kind:'set', fields:[{name:'x', kind:'text'}]}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']}, {collection:'authors', verbs:['read']},"
                    "                  {collection:'topics', verbs:['read']}, {collection:'home', verbs:['read']}],"
                    "         half:   [{collection:'posts', verbs:['read'], fields:['title']}],"
                    "         writer: [{collection:'posts', verbs:['read','create','update']}],"
                    "         editor: [{collection:'posts', verbs:['read','create','update','delete','publish']},"
                    "                  {collection:'home', verbs:['read','create','update','publish']}],"
                    "         nobody: [], blind: [{collection:'posts', verbs:['create']}]},"
                    " keys: {reader:{role:'reader'}, half:{role:'half'}, writer:{role:'writer'}, editor:{role:'editor'},"
                    "        nobody:{role:'nobody'}, blind:{role:'blind'}}}");
    return h;
}

struct answer {
    str data, errors;
    size_t error_count;
    str code;                         /* of the first error */
};

static struct answer ask_with(struct house *h, struct arena *a, const char *who, const char *text, const struct json *variables)
{
    struct answer out = {S(""), S(""), 0, S("")};
    struct gql_errors errors = {.arena = a};
    const struct principal *p = house_who(h, a, house_key(h, who));
    struct gql_schema *schema = cockpit_schema_make(p, true);
    struct buf data;
    buf_init(&data, a, 1 << 20);
    struct gql_execution x = {.arena = a, .gate = h->gate, .who = p, .schema = schema, .out = &data, .errors = &errors,
                              .cost_max = LIMIT_GRAPHQL_COST};
    if (gql_read(a, arena_copy(a, str_of(text)), &errors, &x.document) == ERR_OK && gql_validate(schema, x.document, &errors)) {
        x.operation = gql_operation_named(x.document, (str){0}, &errors);
        if (x.operation != NULL &&
            gql_take_variables(a, schema, x.document, x.operation, variables, &x.variables, &errors) &&
            gql_price(&x))
            gql_execute(&x);
    }
    struct json_writer w;
    struct buf told;
    buf_init(&told, a, 1 << 20);
    json_begin(&w, &told);
    gql_write_errors(&w, &errors);
    json_end(&w);
    out.data = buf_str(&data);
    out.errors = buf_str(&told);
    out.error_count = errors.count;
    if (errors.count > 0)
        out.code = errors.items[0].code;
    counted_release(&schema->counted);
    return out;
}

static struct answer ask(struct house *h, struct arena *a, const char *who, const char *text, const char *variables)
{
    return ask_with(h, a, who, text, variables != NULL ? house_json(a, variables) : NULL);
}

static void check_data(struct house *h, const char *who, const char *text, const char *variables, const char *data, const char *code)
{
    struct arena *a = arena_open(1 << 16);
    struct answer r = ask(h, a, who, text, variables);
    CHECK_STR(r.data, str_of(data));
    CHECK_STR(r.code, str_of(code));
    if (code[0] == '\0' && r.error_count > 0)
        CHECK_STR(r.errors, S(""));
    arena_close(a);
}

/* "_id:String! title:String", with arguments as "f(a b):T"; "" when there is no such type. */
static str shape_of(struct arena *a, const struct gql_schema *s, const char *type)
{
    const struct gql_type *t = gql_type_named(s, str_of(type));
    struct buf b;
    buf_init(&b, a, 1 << 16);
    for (uint32_t i = 0; t != NULL && i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        if (i > 0)
            buf_byte(&b, ' ');
        buf_add(&b, f->name);
        for (uint32_t k = 0; k < f->argument_count; k++) {
            buf_byte(&b, k == 0 ? '(' : ' ');
            buf_add(&b, f->arguments[k].name);
        }
        buf_add(&b, f->argument_count > 0 ? S("):") : S(":"));
        gql_print_type_name(&b, f->type);
    }
    return buf_str(&b);
}

#define ITEMS "(_id limit skip sort locale populate projection filter)"
#define META "_id:String! _state:Int! _created:Int! _modified:Int! _cby:String _mby:String _rev:Int! "
#define ANYWHERE                                                                                                    \
    "content(model limit skip sort locale populate fields filter):[JsonType] "                                      \
    "contentTree(model parent locale populate fields):[JsonType]"

static void schemas_have_what_a_caller_reaches(void **state)
{
    static const struct {
        const char *who, *type, *shape;
    } rows[] = {
        {"half", "Query", "postsModel" ITEMS ":[postsModel] " ANYWHERE},
        {"half", "postsModel", META "title:String!"},
        {"half", "Mutation", ""},
        {"reader", "Query",
         "authorsModel" ITEMS ":[authorsModel] postsModel" ITEMS ":[postsModel] topicsModel" ITEMS ":[topicsModel] "
         "homeModel(locale populate):homeModel " ANYWHERE},
        {"reader", "postsModel",
         META "title:String! views:NumericType tags:[String] featured:Boolean mood:String author:JsonType also:[JsonType] seo:SetSeo "
              "rows:[SetRows] free:JsonType"},
        {"reader", "SetSeo", "title:String by:JsonType"},
        {"reader", "SetRows", "n:NumericType"},
        {"reader", "topicsModel", META "_pid:String _o:Int! title:String"},
        {"reader", "homeModel",
         "_id:String _state:Int _created:Int _modified:Int _cby:String _mby:String _rev:Int title:String"},
        {"reader", "otherModel", ""},
        {"reader", "Mutation", ""},
        {"nobody", "Query", ANYWHERE},
        {"writer", "Mutation", "saveContentItem(model data file):saveContentItem"},
        {"editor", "Mutation", "saveContentItem(model data file):saveContentItem deleteContentItem(model id):deleteContentItem"},
        {"editor", "saveContentItem", "item:JsonType error:String"},
        {"editor", "deleteContentItem", "success:Boolean error:String"},
        {"all", "SetSeo2", "x:String"},
        {"all", "usersModel", ""},
        {"all", "settingsModel",
         "_id:String _state:Int _created:Int _modified:Int _cby:String _mby:String _rev:Int site_name:String site_url:String public_role:JsonType signed_in_role:JsonType"},
    };
    (void)state;
    struct house *h = open_house();
    house_people(h, "{roles: {all: [{collection:'posts', verbs:['read']}, {collection:'other', verbs:['read']},"
                    " {collection:'users', verbs:['read']}, {collection:'settings', verbs:['read']}]}, keys: {all:{role:'all'}}}");
    struct arena *a = arena_open(1 << 16);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct gql_schema *s = cockpit_schema_make(house_who(h, a, house_key(h, rows[i].who)), true);
        struct gql_errors errors = {.arena = a};
        CHECK_STR(shape_of(a, s, rows[i].type), str_of(rows[i].shape));
        CHECK(gql_schema_check(s, &errors));
        counted_release(&s->counted);
    }
    arena_close(a);
    house_close(h);
}

static void fill(struct house *h)
{
    struct arena *a = h->arena;
    str ann = house_item(h, "authors", "{name:'Ann'}"), bob = house_item(h, "authors", "{name:'Bob', _state:0}");
    house_item(h, "posts", (const char *)arena_cstr(a, arena_format(a, "{title:'One', views:1.5, tags:['a','b'], featured:true, mood:'good', author:'"
        STR_FMT "', also:['" STR_FMT "','" STR_FMT "'], seo:{title:'S', by:'" STR_FMT "'}, rows:[{n:1},{n:2}], free:{x:[1,null]}, pin:'1234'}",
        STR_ARG(ann), STR_ARG(ann), STR_ARG(bob), STR_ARG(ann))));
    house_item(h, "posts", (const char *)arena_cstr(a, arena_format(a, "{title:'Two', views:2, author:'" STR_FMT "'}", STR_ARG(bob))));
    house_item(h, "posts", "{title:'Three', views:3}");
    house_item(h, "posts", "{title:'Draft', _state:0}");
    house_item(h, "posts", "{title:'Old', _state:-1}");
    str top = house_item(h, "topics", "{title:'Top'}");
    house_item(h, "topics", arena_cstr(a, arena_format(a, "{title:'Below', _pid:'" STR_FMT "'}", STR_ARG(top))));
}

static void items_are_read(void **state)
{
    static const struct {
        const char *who, *text, *variables, *data, *code;
    } rows[] = {
        /* Published ones, in the order of the selection. */
        {"reader", "{postsModel{views title}}", NULL,
         "{\"postsModel\":[{\"views\":1.5,\"title\":\"One\"},{\"views\":2,\"title\":\"Two\"},{\"views\":3,\"title\":\"Three\"}]}", ""},
        {"editor", "{postsModel(sort:{views:-1},limit:1){t:title __typename title _state}}", NULL,
         "{\"postsModel\":[{\"t\":\"Three\",\"__typename\":\"postsModel\",\"title\":\"Three\",\"_state\":1}]}", ""},
        {"reader", "{postsModel(skip:2){title}}", NULL, "{\"postsModel\":[{\"title\":\"Three\"}]}", ""},
        {"reader", "{postsModel(sort:\"-title\"){title}}", NULL,
         "{\"postsModel\":[{\"title\":\"Two\"},{\"title\":\"Three\"},{\"title\":\"One\"}]}", ""},
        {"reader", "query($f:JsonType){postsModel(filter:$f){title}}", "{f:{views:{$gt:1.5},title:{$in:['Two','One']}}}",
         "{\"postsModel\":[{\"title\":\"Two\"}]}", ""},
        {"reader", "{postsModel(filter:{title:\"Two\"}){title}}", NULL, "{\"postsModel\":[{\"title\":\"Two\"}]}", ""},
        {"reader", "query($v:JsonType){postsModel(filter:{views:$v}){title}}", "{v:{$lt:2}}", "{\"postsModel\":[{\"title\":\"One\"}]}", ""},
        {"reader", "{postsModel(filter:{_state:0}){title}}", NULL, "{\"postsModel\":[]}", ""},
        {"reader", "{postsModel(_id:\"nothing\"){title}}", NULL, "{\"postsModel\":[]}", ""},
        {"reader", "{postsModel(limit:0,locale:\"de\",projection:\"x\"){title}}", NULL,
         "{\"postsModel\":[{\"title\":\"One\"},{\"title\":\"Two\"},{\"title\":\"Three\"}]}", ""},
        {"reader", "{a:postsModel(limit:1){title} b:postsModel(limit:1,skip:1){title}}", NULL,
         "{\"a\":[{\"title\":\"One\"}],\"b\":[{\"title\":\"Two\"}]}", ""},
        /* Values as the content API writes them; sets by what is selected of them. */
        {"reader", "{postsModel(limit:1){tags featured mood seo{title t:__typename} rows{m:n} free}}", NULL,
         "{\"postsModel\":[{\"tags\":[\"a\",\"b\"],\"featured\":true,\"mood\":\"good\",\"seo\":{\"title\":\"S\",\"t\":\"SetSeo\"},"
         "\"rows\":[{\"m\":1},{\"m\":2}],\"free\":{\"x\":[1,null]}}]}",
         ""},
        {"reader", "{postsModel(skip:1,limit:1){views tags featured mood seo{title} rows{n} free}}", NULL,
         "{\"postsModel\":[{\"views\":2,\"tags\":null,\"featured\":null,\"mood\":null,\"seo\":null,\"rows\":null,\"free\":null}]}", ""},
        {"reader", "{postsModel{__typename}}", NULL,
         "{\"postsModel\":[{\"__typename\":\"postsModel\"},{\"__typename\":\"postsModel\"},{\"__typename\":\"postsModel\"}]}", ""},
        {"reader", "{homeModel{title}}", NULL, "{\"homeModel\":null}", ""},
        {"reader", "{topicsModel{title}}", NULL, "{\"topicsModel\":[{\"title\":\"Top\"},{\"title\":\"Below\"}]}", ""},
        /* content and contentTree */
        {"reader", "{content(model:\"posts\",fields:{title:1,_id:0},sort:{views:-1},limit:2)}", NULL,
         "{\"content\":[{\"title\":\"Three\"},{\"title\":\"Two\"}]}", ""},
        {"reader", "{content(model:\"posts\",fields:\"title,-_id\",skip:2)}", NULL, "{\"content\":[{\"title\":\"Three\"}]}", ""},
        {"reader", "{contentTree(model:\"topics\",fields:{title:1,_id:0})}", NULL,
         "{\"contentTree\":[{\"title\":\"Top\",\"_children\":[{\"title\":\"Below\",\"_children\":[]}]}]}", ""},
        {"reader", "{contentTree(model:\"topics\",populate:1,fields:{title:1,_id:0})}", NULL,
         "{\"contentTree\":[{\"title\":\"Top\",\"_children\":[{\"title\":\"Below\",\"_children\":[]}]}]}", ""},
        /* What is wrong is told, and the rest is answered. */
        {"reader", "{postsModel(limit:1001){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"reader", "{postsModel(limit:-1){title} authorsModel{name}}", NULL,
         "{\"postsModel\":null,\"authorsModel\":[{\"name\":\"Ann\"}]}", "BAD_USER_INPUT"},
        {"reader", "{postsModel(populate:99){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"reader", "{postsModel(filter:{nothing:1}){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"reader", "{postsModel(filter:{pin:\"1234\"}){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"half", "{postsModel(filter:{views:1.5}){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"half", "{postsModel(sort:{views:1}){title}}", NULL, "{\"postsModel\":null}", "BAD_USER_INPUT"},
        {"half", "{postsModel{views}}", NULL, "", "GRAPHQL_VALIDATION_FAILED"},
        {"reader", "{otherModel{_id}}", NULL, "", "GRAPHQL_VALIDATION_FAILED"},
        {"reader", "{content(model:\"other\") authorsModel{name}}", NULL, "{\"content\":null,\"authorsModel\":[{\"name\":\"Ann\"}]}",
         "NOT_FOUND"},
        {"reader", "{content(model:\"nothing\")}", NULL, "{\"content\":null}", "NOT_FOUND"},
        {"blind", "{content(model:\"posts\")}", NULL, "{\"content\":null}", "FORBIDDEN"},
        {"reader", "{contentTree(model:\"posts\")}", NULL, "{\"contentTree\":null}", "BAD_USER_INPUT"},
        {"reader", "{contentTree(model:\"topics\",parent:\"nothing\")}", NULL, "{\"contentTree\":null}", "NOT_FOUND"},
    };
    (void)state;
    struct house *h = open_house();
    fill(h);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        check_data(h, rows[i].who, rows[i].text, rows[i].variables, rows[i].data, rows[i].code);
    }
    house_close(h);
}

/* Links are ids or, populated, what is published of them. */
static void links_are_populated(void **state)
{
    (void)state;
    struct house *h = open_house();
    fill(h);
    struct arena *a = arena_open(1 << 16);
    str ann = house_find(h, a, "authors", "name", "Ann");
    str plain = ask(h, a, "reader", "{postsModel(limit:1){author also seo{by}}}", NULL).data;
    str link = arena_format(a, "{\"_model\":\"authors\",\"_id\":\"" STR_FMT "\"}", STR_ARG(ann));
    CHECK(str_starts(plain, arena_format(a, "{\"postsModel\":[{\"author\":" STR_FMT ",\"also\":[" STR_FMT ",", STR_ARG(link), STR_ARG(link))));
    CHECK(str_ends(plain, arena_format(a, "\"seo\":{\"by\":\"" STR_FMT "\"}}]}", STR_ARG(ann))));
    const struct json *whole;
    str deep = ask(h, a, "reader", "{postsModel(populate:1){author also seo{by}}}", NULL).data;
    NEED(json_read(a, deep, NULL, S("answer"), &whole, NULL) == ERR_OK);
    CHECK_STR(json_at(whole, S("/postsModel/0/author/name"))->text, S("Ann"));
    CHECK_STR(json_at(whole, S("/postsModel/0/author/_model"))->text, S("authors"));
    CHECK_INT(json_at(whole, S("/postsModel/0/also"))->count, 1); /* Bob is a draft */
    CHECK_STR(json_at(whole, S("/postsModel/0/seo/by/name"))->text, S("Ann"));
    CHECK(json_at(whole, S("/postsModel/1/author/name")) == NULL); /* so this is no more than a link */
    /* The same as `content` gives, and so as the content API does. */
    str all = ask(h, a, "reader", "{content(model:\"posts\",populate:1,fields:{author:1,_id:0})}", NULL).data;
    str same = ask(h, a, "reader", "{content:postsModel(populate:1){author}}", NULL).data;
    CHECK_STR(all, same);
    arena_close(a);
    house_close(h);
}

static void items_are_saved(void **state)
{
    static const struct {
        const char *who, *text, *variables, *data, *code;
    } rows[] = {
        {"editor", "mutation($d:JsonType!){saveContentItem(model:\"posts\",data:$d){item error}}", "{d:{title:'New',views:1,_state:1}}", "…", ""},
        {"editor", "mutation{saveContentItem(model:\"posts\",data:{title:\"New\",rows:[{n:1}]}){error}}", NULL,
         "{\"saveContentItem\":{\"error\":null}}", ""},
        {"editor", "mutation{saveContentItem(model:\"home\",data:{title:\"Home\"}){error}}", NULL, "{\"saveContentItem\":{\"error\":null}}", ""},
        {"editor", "mutation{saveContentItem(model:\"home\",data:{title:\"Again\"}){error}}", NULL, "{\"saveContentItem\":{\"error\":null}}", ""},
        {"blind", "mutation{saveContentItem(model:\"posts\",data:{title:\"Unseen\"}){item}}", NULL, "…", ""},
        {"editor", "mutation{saveContentItem(model:\"posts\",data:{views:1}){item}}", NULL, "{\"saveContentItem\":null}", "INVALID"},
        {"editor", "mutation{saveContentItem(model:\"posts\",data:{title:\"x\",nothing:1}){item}}", NULL, "{\"saveContentItem\":null}", "INVALID"},
        {"editor", "mutation{saveContentItem(model:\"posts\",data:[1]){item}}", NULL, "{\"saveContentItem\":null}", "BAD_USER_INPUT"},
        {"editor", "mutation{saveContentItem(model:\"posts\",data:{_id:\"000000000000000000000009\",title:\"x\"}){item}}", NULL,
         "{\"saveContentItem\":null}", "NOT_FOUND"},
        {"editor", "mutation{saveContentItem(model:\"other\",data:{}){item}}", NULL, "{\"saveContentItem\":null}", "NOT_FOUND"},
        {"blind", "mutation{saveContentItem(model:\"posts\",data:{_id:\"000000000000000000000009\",title:\"x\"}){item}}", NULL,
         "{\"saveContentItem\":null}", "FORBIDDEN"},
        {"reader", "mutation{saveContentItem(model:\"posts\",data:{title:\"x\"}){item}}", NULL, "", "GRAPHQL_VALIDATION_FAILED"},
        {"writer", "mutation{deleteContentItem(model:\"posts\",id:\"x\"){success}}", NULL, "", "GRAPHQL_VALIDATION_FAILED"},
        {"editor", "mutation{deleteContentItem(model:\"posts\",id:\"000000000000000000000009\"){success}}", NULL,
         "{\"deleteContentItem\":null}", "NOT_FOUND"},
        {"editor", "mutation{deleteContentItem(model:\"home\",id:\"000000000000000000000001\"){success}}", NULL,
         "{\"deleteContentItem\":null}", "METHOD_NOT_ALLOWED"},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1 << 16);
        struct answer r = ask(h, a, rows[i].who, rows[i].text, rows[i].variables);
        if (!str_equal(str_of(rows[i].data), S("…")))
            CHECK_STR(r.data, str_of(rows[i].data));
        CHECK_STR(r.code, str_of(rows[i].code));
        arena_close(a);
    }
    struct arena *a = arena_open(1 << 16);
    CHECK_STR(house_value(h, a, "home", S("000000000000000000000001"), "title"), S("\"Again\""));
    /* What comes back is the item, as the content API has it; of what may not be read, its id. */
    str item = ask(h, a, "editor", "mutation{saveContentItem(model:\"posts\",data:{title:\"Back\"}){item}}", NULL).data;
    CHECK(str_starts(item, S("{\"saveContentItem\":{\"item\":{\"_id\":\"")));
    CHECK(str_contains(item, S(",\"title\":\"Back\",\"views\":null,")) && !str_contains(item, S("pin")));
    str unseen = ask(h, a, "blind", "mutation{saveContentItem(model:\"posts\",data:{title:\"U\"}){item}}", NULL).data;
    CHECK_INT(unseen.len, S("{\"saveContentItem\":{\"item\":{\"_id\":\"000000000000000000000001\"}}}").len);
    /* Changed by its id, and deleted. */
    str id = house_item(h, "posts", "{title:'Kept', views:1}");
    str text = arena_format(a, "mutation{a:saveContentItem(model:\"posts\",data:{_id:\"" STR_FMT "\",views:2}){error} "
                               "b:saveContentItem(model:\"posts\",data:{_id:\"" STR_FMT "\",title:null}){error}}", STR_ARG(id), STR_ARG(id));
    struct answer both = ask(h, a, "editor", arena_cstr(a, text), NULL);
    CHECK_STR(both.data, S("{\"a\":{\"error\":null},\"b\":null}"));
    CHECK_STR(both.code, S("INVALID"));
    CHECK_STR(house_value(h, a, "posts", id, "views"), S("2"));
    CHECK_STR(house_value(h, a, "posts", id, "title"), S("\"Kept\""));
    text = arena_format(a, "mutation{deleteContentItem(model:\"posts\",id:\"" STR_FMT "\"){success error}}", STR_ARG(id));
    CHECK_STR(ask(h, a, "editor", arena_cstr(a, text), NULL).data, S("{\"deleteContentItem\":{\"success\":true,\"error\":null}}"));
    CHECK(!house_has(h, "posts", id));
    arena_close(a);
    house_close(h);
}

/* Whoever may not publish makes drafts, and leaves states as they are: in creation, in changes, in either direction. */
static void publishing_takes_the_right_to_publish(void **state)
{
    static const struct {
        const char *who, *there;          /* an item that is there; NULL: a new one is made */
        const char *data;
        const char *code, *state;         /* afterwards; NULL: there is none */
    } rows[] = {
        {"writer", NULL, "title:\"x\"", "", "0"},
        {"writer", NULL, "title:\"x\",_state:0", "", "0"},
        {"writer", NULL, "title:\"x\",_state:1", "FORBIDDEN", NULL},
        {"editor", NULL, "title:\"x\"", "", "1"},
        {"editor", NULL, "title:\"x\",_state:1", "", "1"},
        {"writer", "{title:'t',_state:0}", "title:\"x\"", "", "0"},
        {"writer", "{title:'t',_state:0}", "_state:1", "FORBIDDEN", "0"},
        {"writer", "{title:'t',_state:0}", "title:\"x\",_state:1", "FORBIDDEN", "0"},
        {"writer", "{title:'t',_state:1}", "_state:0", "FORBIDDEN", "1"},
        {"writer", "{title:'t',_state:1}", "_state:-1", "FORBIDDEN", "1"},
        {"editor", "{title:'t',_state:0}", "_state:1", "", "1"},
        {"editor", "{title:'t',_state:1}", "_state:0", "", "0"},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1 << 16);
        str id = rows[i].there != NULL ? house_item(h, "posts", rows[i].there) : (str){0};
        str named = id.at != NULL ? arena_format(a, "_id:\"" STR_FMT "\",", STR_ARG(id)) : S("");
        str text = arena_format(a, "mutation{saveContentItem(model:\"posts\",data:{" STR_FMT "%s}){item}}", STR_ARG(named), rows[i].data);
        struct answer r = ask(h, a, rows[i].who, arena_cstr(a, text), NULL);
        CHECK_STR(r.code, str_of(rows[i].code));
        const struct json *whole = NULL;
        NEED(json_read(a, r.data, NULL, S("answer"), &whole, NULL) == ERR_OK);
        const struct json *made = json_at(whole, S("/saveContentItem/item/_id"));
        CHECK((made == NULL) == (rows[i].code[0] != '\0'));
        if (id.at == NULL && made != NULL)
            id = made->text;
        if (rows[i].state != NULL && id.at != NULL)
            CHECK_STR(house_value(h, a, "posts", id, "_state"), str_of(rows[i].state));
        arena_close(a);
    }
    house_close(h);
}

static void translate(struct house *h, const char *collection, str id, const char *locale, const char *data)
{
    struct arena *a = arena_open(1 << 14);
    struct problem why = {.arena = a};
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    struct item_sent sent = {.data = house_json(a, data), .where = S(""), .locale = str_of(locale)};
    struct change c = {.op = OP_UPDATE, .id = id};
    NEED(gate_take_item(who, house_collection(who, collection), &sent, &c, a, &why) == ERR_OK);
    NEED(gate_write(h->gate, who, &c, 1, a, &why) == ERR_OK);
    arena_close(a);
}

static void items_are_read_in_a_language(void **state)
{
    static const struct {
        const char *who, *text, *data, *code;
    } rows[] = {
        {"all", "{newsModel{title}}", "{\"newsModel\":[{\"title\":\"Hello\"},{\"title\":\"Only here\"}]}", ""},
        {"all", "{newsModel(locale:\"default\"){title}}", "{\"newsModel\":[{\"title\":\"Hello\"},{\"title\":\"Only here\"}]}", ""},
        {"all", "{newsModel(locale:\"de\"){title}}", "{\"newsModel\":[{\"title\":\"Hallo\"},{\"title\":\"Only here\"}]}", ""},
        {"all", "{a:newsModel(locale:\"de\",limit:1){title} b:newsModel(limit:1){title}}",
         "{\"a\":[{\"title\":\"Hallo\"}],\"b\":[{\"title\":\"Hello\"}]}", ""},
        {"all", "{newsModel(locale:\"de\",filter:{title:\"Hallo\"}){title}}", "{\"newsModel\":[{\"title\":\"Hallo\"}]}", ""},
        /* A language that there is not is the default one, as old clients expect. */
        {"all", "{newsModel(locale:\"xx\",limit:1){title}}", "{\"newsModel\":[{\"title\":\"Hello\"}]}", ""},
        {"all", "{content(model:\"news\",locale:\"de\",limit:1,fields:{title:1,_id:0})}", "{\"content\":[{\"title\":\"Hallo\"}]}", ""},
        {"english", "{newsModel(limit:1){title}}", "{\"newsModel\":[{\"title\":\"Hello\"}]}", ""},
        {"english", "{newsModel(locale:\"de\"){title}}", "{\"newsModel\":null}", "FORBIDDEN"},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, "[{name:'news', fields:[{name:'title', kind:'text', required:true, localized:true}]}]");
    house_item(h, "locales", "{code:'en', standard:true}");
    house_item(h, "locales", "{code:'de'}");
    house_people(h, "{roles: {all: [{collection:'news', verbs:['read']}], english: [{collection:'news', verbs:['read'], locales:['en']}]},"
                    " keys: {all:{role:'all'}, english:{role:'english'}}}");
    str id = house_item(h, "news", "{title:'Hello'}");
    house_item(h, "news", "{title:'Only here'}");
    translate(h, "news", id, "de", "{title:'Hallo'}");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        check_data(h, rows[i].who, rows[i].text, NULL, rows[i].data, rows[i].code);
    }
    house_close(h);
}

/* A part of a multipart request, as http/ hands it on. */
struct sent_file {
    struct gql_upload upload;         /* first */
    str left;
};

static enum err read_sent(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct sent_file *f = (struct sent_file *)(void *)self;
    *got = f->left.len < room ? f->left.len : room;
    memcpy(into, f->left.at, *got);
    f->left = str_slice(f->left, *got, f->left.len);
    return ERR_OK;
}

static void files_become_assets(void **state)
{
    static const struct {
        const char *text, *data, *code;
    } rows[] = {
        {"mutation($f:Upload!){saveContentItem(model:\"assets\",data:{title:\"A note\"},file:$f){error}}",
         "{\"saveContentItem\":{\"error\":null}}", ""},
        {"mutation($f:Upload!){saveContentItem(model:\"posts\",data:{title:\"x\"},file:$f){error}}", "{\"saveContentItem\":null}",
         "BAD_USER_INPUT"},
        {"mutation($f:Upload!){a:saveContentItem(model:\"assets\",data:{},file:$f){error} b:saveContentItem(model:\"assets\",data:{},file:$f){error}}",
         "{\"a\":{\"error\":null},\"b\":null}", "BAD_USER_INPUT"},
        {"mutation{saveContentItem(model:\"assets\",data:{title:\"x\"},file:\"f\"){error}}", "", "GRAPHQL_VALIDATION_FAILED"},
        {"mutation($f:JsonType!){saveContentItem(model:\"posts\",data:{title:\"x\",free:$f}){error}}", "", "BAD_USER_INPUT"},
        {"mutation($f:Upload!){saveContentItem(model:\"posts\",data:{title:\"x\",free:{of:[$f]}}){error}}", "{\"saveContentItem\":null}",
         "BAD_USER_INPUT"},
    };
    (void)state;
    struct house *h = open_house();
    house_people(h, "{roles: {filer: [{collection:'assets', verbs:['read','create','publish']}, {collection:'posts', verbs:['create']}]},"
                    " keys: {filer:{role:'filer'}}}");
    struct arena *a = arena_open(1 << 16);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct sent_file f = {{{read_sent}, S("note.txt"), false}, S("Hello, file")};
        struct json file = {.type = JSON_BYTES, .name = S("f"), .bytes = &f.upload.source}, variables = json_of_map(&file, 1);
        struct answer r = ask_with(h, a, "filer", rows[i].text, strstr(rows[i].text, "$f") ? &variables : NULL);
        CHECK_STR(r.data, str_of(rows[i].data));
        CHECK_STR(r.code, str_of(rows[i].code));
        if (r.error_count > 0 && rows[i].code[0] == '\0')
            CHECK_STR(r.errors, S(""));
    }
    str id = house_find(h, a, "assets", "title", "A note");
    CHECK_STR(house_value(h, a, "assets", id, "size"), S("11"));
    arena_close(a);
    house_close(h);
}

/* Of a tree that was read for a part of it nothing stays until the answer is sent. */
static void trees_end_with_their_field(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(1 << 16);
    struct buf title, query;
    (void)state;
    buf_init(&title, a, 1 << 16);
    buf_init(&query, a, LIMIT_GRAPHQL_BYTES);
    while (title.len < 8000)
        buf_add(&title, S("long "));
    str leaf = house_item(h, "topics", "{title:'leaf'}");
    for (int i = 0; i < 100; i++)
        (void)house_item(h, "topics", arena_cstr(a, arena_format(a, "{title:'" STR_FMT "'}", STR_ARG(buf_str(&title)))));
    buf_byte(&query, '{');
    for (int i = 0; i < 40; i++)
        buf_format(&query, " t%d: contentTree(model: \"topics\", parent: \"" STR_FMT "\")", i, STR_ARG(leaf));
    buf_byte(&query, '}');
    struct arena *asked = arena_open(1 << 16);
    struct answer r = ask(h, asked, "reader", arena_cstr(a, buf_str(&query)), NULL);
    CHECK(str_starts(r.data, S("{\"t0\":[],\"t1\":[],")));
    CHECK_STR(r.errors, S("[]"));
    if (arena_bytes(asked) > (4u << 20))
        CHECK_SAY("%zu bytes for an answer of %zu", arena_bytes(asked), r.data.len);
    arena_close(asked);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(schemas_have_what_a_caller_reaches), TEST(items_are_read), TEST(links_are_populated), TEST(items_are_saved),
           TEST(publishing_takes_the_right_to_publish), TEST(files_become_assets),
           TEST(items_are_read_in_a_language), TEST(trees_end_with_their_field))
