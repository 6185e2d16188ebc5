#ifndef SERVER_TRANSFER_STRAPI_SCHEMA_H
#define SERVER_TRANSFER_STRAPI_SCHEMA_H
#include "server/transfer/import_name.h"
#include "server/transfer/transfer.h"

/* The content types and components of a Strapi export, and what they are called and look like here. */
#define STRAPI_TYPES 500u
#define STRAPI_FILES S("plugin::upload.file")

enum strapi_sort { STRAPI_PLAIN, STRAPI_NUMBER, STRAPI_TIME, STRAPI_COMPONENT, STRAPI_ZONE, STRAPI_REF, STRAPI_MEDIA, STRAPI_LEFT_OUT };

struct strapi_attribute {
    str theirs, ours;
    const struct json *definition;
    enum strapi_sort sort;
    str kind;                         /* ours, of plain values */
    str target;                       /* STRAPI_REF, STRAPI_COMPONENT: uid */
    bool many, localized;
};
struct strapi_type {
    str uid, ours;
    const struct json *schema;
    bool is_component, is_single, is_localized, has_drafts;
    struct strapi_attribute *attributes;
    size_t attribute_count;
};
struct strapi_schema {
    struct arena *arena;              /* outlives it */
    struct strapi_type types[STRAPI_TYPES];
    size_t count;
};

/* Is this content of the site (or its media), not of Strapi itself? */
bool strapi_is_content(str uid);
/* A line of schemas/: kept when it is a component's or content's. */
NODISCARD enum err strapi_add(struct strapi_schema *s, const struct json *schema, struct problem *why);
/* After the last one: names and attributes. speaks: there are languages. What cannot be brought along is told to t. */
void strapi_settle(struct strapi_schema *s, bool speaks, struct transfer *t);
const struct strapi_type *strapi_find(const struct strapi_schema *s, str uid);    /* NULL: none */
NODISCARD enum err strapi_define(const struct strapi_schema *s, struct transfer *t, struct problem *why);
#endif
