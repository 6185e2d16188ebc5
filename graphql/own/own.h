#ifndef GRAPHQL_OWN_OWN_H
#define GRAPHQL_OWN_OWN_H
#include "content/languages/languages.h"
#include "content/query/groups.h"
#include "content/search/search.h"
#include "graphql/execute/execute.h"
#include "graphql/schema/build.h"

/* Our own schema at /graphql (graphql-cms-schema.md 3): generated from the model and the caller's rights, so that what
 * he cannot reach does not exist in it. System fields keep REST's names (_id, _state, _created …), so no field of a
 * user collides with ours; for the same reason the logic of conditions is _and, _or, _not.
 *
 *   collection blog_posts     type BlogPost, list blog_posts, blog_postsConnection, blog_postsAggregate, one blogPost(_id:),
 *                             blogPostBy(key:), createBlogPost …, input BlogPostWhere, BlogPostOrderBy, BlogPostCreate, BlogPostUpdate
 *   names of fields           as they are
 *
 * What generation knows of a field goes along as its meaning: the reader (own/read*.c) and the writer (own/change*.c) follow
 * that and never a name. */

#define OWN_TABLE(X)                                                                                           \
    /* fields of an item's type: read from a row */                                                            \
    X(VALUE)            /* a cell as a scalar, enum or list of them: by the kind */                            \
    X(RAW)              /* JSON as the content API writes it (scalar JSON; Cockpit's JsonType) */              \
    X(ONE)              /* a reference: its target or null */                                                  \
    X(MANY)             /* many, or who refers here: a list with arguments of its own */                       \
    X(MANY_CONNECTION)  /* the same with edges, pageInfo, totalCount */                                        \
    X(ANY)              /* a reference to one of several collections: a union */                               \
    X(ANY_MANY)                                                                                                \
    X(DOCUMENT)         /* a set or component, or a list of them: a type of its members */                     \
    X(BLOCKS)           /* a list of a union of components */                                                  \
    X(URL)              /* assets: the address of the file, with the arguments of pictures */                  \
    X(COLLECTION)       /* "_model" */                                                                         \
    X(NODE_ID)          /* "_nodeId": own_node_id, what node(_nodeId:) takes */                                \
    X(IS_DRAFT)         /* is this a pending version? Boolean! */                                              \
    /* members inside of a document: read from a tree */                                                       \
    X(MEMBER)           /* a value by its kind */                                                              \
    X(MEMBER_REF)       /* a reference that stands inside */                                                   \
    X(MEMBER_DOCUMENT)                                                                                         \
    X(MEMBER_BLOCKS)                                                                                           \
    /* around items */                                                                                         \
    X(EDGES) X(NODES) X(CURSOR) X(NODE) X(PAGE_INFO) X(HAS_NEXT) X(HAS_PREVIOUS) X(START_CURSOR) X(END_CURSOR) X(TOTAL) \
    X(SCORE)            /* how well a hit of a search matches: Float! */                                       \
    /* groups (content/query/groups.h): `key`, its fields; `count` of the items; `sum` …, their fields */            \
    X(GROUP_KEYS) X(GROUP_KEY) X(GROUP_COUNT) X(GROUP_DO) X(GROUP_VALUE)                                       \
    /* what mutations answer with that is no item: item and secret; count, ids and items */                    \
    X(MADE) X(SECRET) X(CHANGED_COUNT) X(CHANGED_IDS) X(CHANGED_ITEMS)                                         \
    X(WRITTEN_ID) X(WRITTEN_REV) /* {_id: ID!, _rev: Int!} in place of an item that the caller cannot read */  \
    /* roots */                                                                                                \
    X(LIST) X(CONNECTION) X(ITEM) X(ITEM_BY) X(SINGLE) X(AGGREGATE) X(NODE_OF_ID) X(NODES_OF_IDS) X(SEARCH)    \
    X(ME) X(SERVICE)    /* resolved by own/me.c */                                                             \
    /* mutations */                                                                                            \
    X(CREATE) X(CREATE_MANY) X(UPDATE) X(UPDATE_MANY) X(UPSERT) X(DELETE) X(DELETE_MANY) X(SAVE_SINGLE)        \
    X(PUBLISH) X(UNPUBLISH) X(ARCHIVE) X(DISCARD) X(ACTION) X(UPLOAD) \
    /* subscriptions: the root, and the event's item as it is by now; its other fields resolve by themselves (own/events.c) */ \
    X(CHANGES) X(CHANGE_FIELD) X(CHANGE_ITEM)                                                                  \
    /* fields of inputs PostCreate, PostUpdate and of what stands in them */                                   \
    X(INPUT_VALUE)      /* as the content API takes it */                                                      \
    X(INPUT_LINK)       /* a reference: AuthorLink, see below */                                               \
    X(INPUT_LINKS)      /* many: TagLinks */                                                                   \
    X(INPUT_ANY)        /* one of several targets: one-of {posts: ID, pages: ID} */                            \
    X(INPUT_ANY_MANY)   /* a list of those */                                                                  \
    X(INPUT_DOCUMENT)   /* members, or a list of such */                                                       \
    X(INPUT_BLOCKS)     /* a list of one-of {hero: HeroInput, quote: QuoteInput} */                            \
    X(INPUT_EDIT)       /* "_inc" … : "$inc" … of the fields within */
enum own_what {
#define X(name) OWN_##name,
    OWN_TABLE(X)
#undef X
};

struct own_meaning {
    enum own_what what;
    const struct collection *of;      /* whose items; of a component's type: the component */
    const struct field *field;        /* the stored field or relation ("posts_via_author"); NULL: none */
    const struct action *action;      /* OWN_ACTION */
    enum group_do group;              /* OWN_GROUP_DO */
    enum func func;                   /* OWN_GROUP_KEY, and values of PostGroupBy: of the field */
};
static inline const struct own_meaning *own_meaning_of(const struct gql_field *f)
{
    return f->meaning;
}

/* What hangs on the schema itself (gql_schema.meaning). */
struct own_schema {
    const struct rights *rights;      /* a counted use: the model stays, too */
    const struct model *model;
    const struct gql_type *const *type_of;   /* by collection->index: its items' type; NULL: the caller cannot read them */
    const struct gql_type *const *part_of;   /* by index in model->components: the component's type; NULL */
};

/* Made for these rights (roles/principal.h), cached by whoever asks (http/schemas.c). may_introspect false: __schema and
 * __type are unknown. */
struct gql_schema *own_schema_make(const struct principal *who, bool may_introspect);

/* What the reader looks for beside what the meanings say; every argument may be missing.
 *
 *   roots and lists of relations   where, orderBy, limit, offset; roots also locale, fallback, perspective, search
 *   connections                    where, orderBy, first, after, last, before; roots also the others
 *   ITEM  _id   ITEM_BY  key   SINGLE      … and locale, fallback, perspective, as NODE_OF_ID and NODES_OF_IDS have
 *   AGGREGATE      where, groupBy, having, orderBy, limit, offset, locale, fallback, perspective: [PostAggregate!]!
 *   NODE_OF_ID  _nodeId: ID!: Node      NODES_OF_IDS  _nodeIds: [ID!]!: [Node]!
 *   SEARCH         text: String!, in: [an enum of names of collections], limit, fuzzy, locale, perspective: [Hit!]!, a Hit has
 *                  a SCORE and a NODE (an interface or union of items)
 *   URL            as docs/pictures says: names of the query string of a picture's address */

/* Opaque: base64url of "posts/<id>". */
void own_node_id(struct buf *out, const struct collection *c, str id);

/* The roots' code; hung on fields by own_schema_make. self is unused. */
gql_writer own_read_root;             /* own/read.c: LIST … SEARCH */
gql_writer own_change_root;           /* own/change.c: CREATE … UPLOAD */
gql_writer own_event_root;            /* own/events.c: CHANGES, and what their events are */
gql_source own_source;
gql_writer own_read_event_item;       /* own/read.c: CHANGE_ITEM; self: a struct feed_event */

/* Items that a query reads, written by the node's selections: q has collection, conditions, order and page; outputs and
 * branches are made here. For own_read_root, for what a mutation answers with, and for Cockpit's schema.
 *   own_write_items    […] of them
 *   own_write_item     the first one, or null: *found */
enum gql_done own_write_items(struct gql_execution *x, const struct gql_node *node, struct query *q);
enum gql_done own_write_item(struct gql_execution *x, const struct gql_node *node, struct query *q, bool *found);

/* ---- inputs (own/inputs*.c): what generation names and execution reads are the same rows ---- */

/* Operators of filter inputs: the name, the REST language's spelling, and what stands behind it. What an operator is
 * offered for says own_operator_suits; of a list of scalars that is what suits an element, too, and the operand is one
 * element. */
enum own_operand {
    OPERAND_ONE,                      /* a value of the field's scalar (of its element) */
    OPERAND_LIST,                     /* [T!] */
    OPERAND_RANGE,                    /* an input object {from: T!, to: T!} */
    OPERAND_TEXT,                     /* String */
    OPERAND_NUMBER,                   /* Int */
    OPERAND_YES,                      /* Boolean */
    OPERAND_JSON                      /* the scalar JSON, as the content API takes it */
};
struct own_operator {
    str name;                         /* "notIn" */
    str spelling;                     /* "$nin" */
    enum own_operand operand;
    bool inverted;                    /* OPERAND_YES: "isNull" is the contrary of "$exists" */
    const char *doc;                  /* one sentence */
};
extern const struct own_operator own_operators[];
extern const size_t own_operator_count;
/* Of a stored field without members: scalars, lists of them, JSON, geo. References and documents have the shapes below. */
bool own_operator_suits(const struct own_operator *o, const struct field *f);

/* The shapes of PostWhere, by the sort of field; names are the fields', those of relations content/model/model.h's with '_' for ':'
 * ("posts_via_author").
 *
 *   _and _or: [PostWhere!]   _not: PostWhere
 *   scalars, lists, JSON     an input of operators
 *   reference to one         AuthorWhere and `_isNull: Boolean` in an input of its own, or AuthorWhere alone: both are taken
 *   many, back-references    {some none every: AuthorWhere, isEmpty: Boolean, count: Int}
 *   one of several targets   {_isNull: Boolean, _model: {eq ne in notIn} of an enum, posts: PostWhere, pages: PageWhere}: by collection
 *   many of several          {isEmpty, count, _model, posts: {some none every isEmpty}, …}: PostAnyWhere
 *   document (set, component)         an input of its members, _isNull; documents inside as here
 *   list of documents, blocks         {some none every: input of members, isEmpty: Boolean, count: Int}; blocks: _component, too
 *
 * orderBy: [PostOrderBy!], one-of: a sortable field: Sort; a reference to one: AuthorOrderBy; many and back-references:
 * "tags_count: Sort", "posts_via_author_count: Sort"; "_random: Int" with a seed (0: by chance). */

/* The shapes of what is written. A null clears. Steps are optional and done in this order:
 *
 *   input AuthorLink @oneOf {connect: ID, disconnect: Boolean, create: AuthorCreate, update: AuthorLinkUpdate, delete: Boolean}
 *   input TagLinks {set: [ID!], disconnect: [ID!], delete: [ID!], connect: [LinkTo!], create: [TagCreate!], update: [TagLinksUpdate!]}
 *   input LinkTo {_id: ID!, position: LinkPosition}     input LinkPosition @oneOf {start: Boolean, end: Boolean, before: ID, after: ID}
 *   AuthorLinkUpdate {data: AuthorUpdate!, ifRev: Int}  TagLinksUpdate {_id: ID!, data: TagUpdate!, ifRev: Int}
 *
 * References inside of documents, and those whose target the caller cannot read, are an ID (INPUT_VALUE).
 * Values of enums made of options are the options' texts.
 *
 * Aggregates: PostGroupBy's values carry an own_meaning with field and func ("published_at__year"), and so do the fields of
 * `key`, which have the same names. having: input PostHaving {_and _or _not, count: IntFilter, countDistinct: PostCountsHaving,
 * sum avg …: PostSumsHaving, min max: PostRangeHaving}; orderBy: one-of {key: PostGroupOrder, count: Sort, sum: PostSumsOrder …}.
 *
 * PostKey is one-of: _id, unique fields that the caller reads, and of rules over several fields an object of them
 * ("author_title: {author: ID!, title: String!}"). */

/* Arguments of mutations: the generator makes them of these rows, the writer reads them by name. In `type` "%" is the
 * name of the collection's type. What a caller cannot have leaves a row out: perspective where there are no drafts (system
 * collections), locale where nothing is localised.
 *
 * What they answer with; all are nullable:
 *   Post          CREATE, UPDATE, UPSERT, SAVE_SINGLE, DELETE (as it was), PUBLISH …, UPLOAD; null: done, and the caller's rows
 *                 do not have it
 *   [Post]        CREATE_MANY, in the order of `data`, null likewise
 *   PostWritten   in place of Post, also in lists, where the caller cannot read (WRITTEN_ID, WRITTEN_REV)
 *   PostsChanged  UPDATE_MANY, DELETE_MANY (of a deletion items as they were): CHANGED_COUNT, _IDS, _ITEMS. For those who read
 *   PostMade      CREATE, CREATE_MANY, UPSERT of a collection with secrets that are shown once (own_shows_secret): MADE, SECRET, WRITTEN_ID
 *   JSON          ACTION: what the action says */
struct own_argument {
    str name;
    const char *type;
    const char *standard;             /* a literal; NULL: none */
    uint32_t of;                      /* bits own_argument_bit(what) */
    const char *doc;
};
extern const struct own_argument own_change_arguments[];
extern const size_t own_change_argument_count;
static inline uint32_t own_argument_bit(enum own_what what) /* of a mutation */
{
    return UINT32_C(1) << (what - OWN_CREATE);
}
bool own_shows_secret(const struct collection *c);

/* What PostCreate and PostUpdate have beside the fields that the caller may write with the verb. The rows with a spelling
 * are INPUT_EDIT: their inputs have the fields that are numbers (PostNumbersEdit: Int or Float) or lists (PostListsEdit: [T!], of
 * references [ID!]). */
enum { OWN_IN_CREATE = 1, OWN_IN_UPDATE = 2, OWN_OF_TREE = 4, OWN_OF_NUMBERS = 8, OWN_OF_LISTS = 16, OWN_OF_LANGUAGES = 32,
       OWN_OF_USERS = 64 };           /* the latter: only where the collection has such, or is the users' own */
struct own_member {
    str name;                         /* "_inc" */
    const char *type;                 /* "%NumbersEdit" */
    str spelling;                     /* the content API's word for it, {0} */
    unsigned where;
    const char *doc;
};
extern const struct own_member own_data_members[];
extern const size_t own_data_member_count;

/* An argument `where` (an input object as it was coerced) as the content API's filter; NULL: none. The caller's rights
 * are the options' reader. Comparing with null is a fault ("isNull" says it). */
NODISCARD enum err own_take_where(struct gql_execution *x, const struct collection *c, const struct json *where, str name,
                                  const struct filter **out, struct problem *why);
/* The same as a filter in JSON, for whoever reads it again when rights change. */
NODISCARD enum err own_take_conditions(struct gql_execution *x, const struct collection *c, const struct json *where, str name,
                                       const struct json **out, struct problem *why);
/* orderBy: a list of one-of inputs. */
NODISCARD enum err own_take_order(struct gql_execution *x, const struct collection *c, const struct json *order, struct query *q,
                                  struct problem *why);
/* locale, fallback, perspective: the lens of q. */
NODISCARD enum err own_take_lens(struct gql_execution *x, const struct gql_node *node, struct query *q, struct problem *why);

#endif
