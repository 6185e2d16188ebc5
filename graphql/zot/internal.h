#ifndef GRAPHQL_ZOT_INTERNAL_H
#define GRAPHQL_ZOT_INTERNAL_H
#include "graphql/zot/report.h"
#include "graphql/zot/zot.h"
#include "roles/registry/registry.h"

/* What the files of the search share; everything lives in the request's arena.
 *
 *   rows.c    repositories, tags and manifests by the gate, with the caller's rights; read when they are needed
 *   pages.c   filter, order, page                 roots.c    the questions
 *   prefer.c  stars and bookmarks            found.c    what reports say of an image   cve.c   the questions about that
 *   show.c    images and manifests as the schema shows them   show_repo.c   repositories and lists */

struct zot_repo;

/* A manifest of an image: the image's own, or one that its index lists. */
struct zot_bytes {
    const struct json *manifest, *config;  /* a manifest's and its configuration's; {} when they cannot be read */
};
struct zot_part {
    struct zot_repo *repo;
    const struct json *row;           /* of `manifests` */
    struct zot_bytes *kept;           /* what was read of it, {0}: nothing */
};
struct zot_image {
    struct zot_repo *repo;
    str tag;
    const struct json *tag_row;       /* NULL: found by digest */
    const struct json *row;           /* of `manifests` */
    struct zot_part *parts;
    size_t part_count;
    str updated;                      /* when it was built, {0}: nobody says */
};
struct zot_repo {
    const struct json *row;
    str name, id;
    int64_t rank;
    const struct repository_marks *marks; /* the caller's, NULL: none */
    bool is_loaded;                   /* what is below */
    const struct json *manifests, *layers; /* rows, by _id */
    size_t manifest_count, layer_count;
    struct zot_image *images;         /* one per tag */
    size_t image_count;
    const struct json **about;        /* manifests that are about others, by whom; then as they came */
    size_t about_count;
    str *tags;                        /* in order */
    struct map *found;                /* found.c: struct zot_found, by what it is of */
};
struct zot_repos {
    struct zot_repo *items;
    size_t count;
};

/* ---- rows.c ---- */
/* ERR_TIMEOUT once the request's time is over: wherever much is gone through. */
NODISCARD enum err zot_in_time(const struct gql_execution *x, struct problem *why);
/* Those that the caller reads: whose name contains this; {0}: all. Nothing at all when he may read none. */
NODISCARD enum err zot_repos(struct gql_execution *x, str part, struct zot_repos *out, struct problem *why);
/* NULL: there is none for him. */
NODISCARD enum err zot_repo_named(struct gql_execution *x, str name, struct zot_repo **out, struct problem *why);
NODISCARD enum err zot_load(struct gql_execution *x, struct zot_repo *r, struct problem *why);
/* By "tag" or digest, of a loaded repository; NULL. */
struct zot_image *zot_image_named(struct gql_execution *x, struct zot_repo *r, str reference);
/* How many manifests say that they are about this digest; *first: the first of them. */
size_t zot_about(const struct zot_repo *r, str digest, const struct json *const **first);
bool zot_has_tag(const struct zot_repo *r, str tag);
const struct zot_image *zot_newest(const struct zot_repo *r);    /* NULL: it has none */
/* The bytes of a manifest and its configuration; they live as long as `own` at least. */
struct zot_bytes zot_look(struct gql_execution *x, const struct zot_part *p, struct arena *own);
str zot_layer_digest(const struct zot_repo *r, str id);          /* {0} */
str zot_text(const struct json *row, str name);                  /* a member, {0} when it is no text */
int64_t zot_number(const struct json *row, str name);            /* 0 */

/* ---- pages.c ---- */
struct zot_hit {
    int64_t number;                   /* less comes first; then */
    str later;                        /* … the greater one; then */
    str name;                         /* … the smaller one */
    struct zot_repo *repo;            /* one of these */
    struct zot_image *image;
};
struct zot_hits {
    struct zot_hit *items;
    size_t count, room;
};
struct zot_result {
    struct gql_thing *things;
    size_t count, total;
    bool are_images;
};
struct zot_wanted {
    size_t limit, offset;             /* limit 0: all */
    str sort;
};
/* The field's argument `requestedPage`. */
NODISCARD enum err zot_wanted(const struct gql_node *node, str sort, struct zot_wanted *out, struct problem *why);
void zot_add_repo(struct gql_execution *x, struct zot_hits *hits, struct zot_repo *r);
void zot_add_image(struct gql_execution *x, struct zot_hits *hits, struct zot_image *i);
/* By the field's arguments `filter` and `requestedPage`; sort: the order when none is asked for. */
NODISCARD enum err zot_page(struct gql_execution *x, const struct gql_node *node, str sort, bool are_images, struct zot_hits *hits,
                            struct gql_thing *out, struct problem *why);

/* ---- show.c, show_repo.c ---- */
gql_resolve zot_image_field, zot_part_field, zot_repo_field, zot_repo_info_field, zot_result_field;
bool zot_is_signed(struct gql_execution *x, const struct zot_repo *r, str digest);
struct json zot_referrer(struct arena *a, str media_type, str artifact_type, int64_t size, str digest, const struct json *notes);
struct json zot_platform(struct arena *a, const struct json *row);
str zot_annotation(struct gql_execution *x, const struct zot_image *i, str name);

/* ---- prefer.c ---- */
NODISCARD enum err zot_take_marks(struct gql_execution *x, struct zot_repos *repos, struct problem *why);
bool zot_is_marked(const struct zot_repo *r, enum mark mark);
int64_t zot_stars(struct gql_execution *x, const struct zot_repo *r);

/* ---- found.c: reports are referrers of a manifest (report.h), in its repository, read with the caller's rights ---- */
struct zot_found {
    enum err error;                   /* ERR_OK; ERR_TIMEOUT; ERR_TOO_LARGE: they say too much */
    bool has_reports;                 /* false: nobody has looked, nothing is known */
    bool is_complete;                 /* an index: it has one, or each of its manifests does */
    bool has_wanted;
    size_t counts[SEVERITY_COUNT], count;
};
#define NO_REPORT "cve search is disabled: " /* what zot says without a scanner, and why */
/* Everything that is said of an image and of what it lists; only of those of a platform when one is said ({Os, Arch}). */
NODISCARD enum err zot_image_cves(struct gql_execution *x, const struct zot_image *i, const struct json *platform, struct cves *out,
                                  struct problem *why);
/* The same in numbers, remembered. wanted: an id to look for, always the same of one repository; {0}: none. */
const struct zot_found *zot_found_in(struct gql_execution *x, const struct zot_image *i, str wanted);
/* ImageVulnerabilitySummary */
struct json zot_summary(struct arena *a, const size_t *counts, bool has_reports);
struct json zot_image_summary(struct gql_execution *x, const struct zot_image *i);   /* null: nobody can say */
struct json zot_part_summary(struct gql_execution *x, const struct zot_part *p);

/* ---- cve.c ---- */
typedef enum err zot_answer(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why);
zot_answer zot_cves_for_image, zot_cves_between, zot_images_with_cve, zot_images_without_cve;

/* ---- roots.c ---- */
gql_writer zot_root;
NODISCARD enum err zot_need_repo(struct gql_execution *x, str name, struct zot_repo **out, struct problem *why); /* loaded */
/* "repo:tag", "repo@digest"; a digest beside it counts. */
NODISCARD enum err zot_need_image(struct gql_execution *x, str said, str digest, struct zot_image **out, struct problem *why);

static inline struct json *zot_map(struct arena *a, struct json *out, size_t count)
{
    struct json *m = NEW_N(a, struct json, count);
    *out = json_of_map(m, count);
    return m;
}
#endif
