#ifndef ROLES_POLICY_POLICY_H
#define ROLES_POLICY_POLICY_H
#include "content/content.h"
#include "roles/principal.h"

/* Roles and grants, compiled. An immutable snapshot with an epoch, made from the collections roles,
 * grants and settings; swapped when those change (content_catch_up). The only module that makes a
 * `struct access` (tests/tidy.c holds that).
 *
 *   fields = union of the grants' fields; where = OR of their row filters; check = OR of their checks;
 *   presets = what grants force. Then AND every scope of the key. No grant: fields empty, where NONE.
 * Role "admin" is built in: every verb on every collection, secrets excepted; nobody can edit it away. */
struct policy;

/* A key's scope narrows: collections (name or "*", system ones included: it only takes away), verbs,
 * fields, a row filter. One that does not read has no collection and lets nothing through. */
struct scope {
    str collection;
    const str *verbs;                 /* and actions; "*" is every one */
    size_t verb_count;                /* 0: every verb and action */
    const str *fields;
    size_t field_count;
    bool names_fields;                /* false: all */
    const struct json *where;         /* filter, NULL: all rows */
};

/* Rights of a set of roles (given, not inherited) at this moment, narrowed by scopes (a list of alternatives;
 * count 0: not narrowed). Cached by policy epoch, roles and the limits in force; the caller owns a counted use. */
struct moment;
const struct rights *policy_rights(struct policy *p, const str *roles, size_t role_count,
                                   const struct scope *scopes, size_t scope_count, const struct moment *at);
const struct rights *policy_system_rights(struct policy *p, enum system_reason reason);

#endif
