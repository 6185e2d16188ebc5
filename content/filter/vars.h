#ifndef CONTENT_FILTER_VARS_H
#define CONTENT_FILTER_VARS_H
#include "base/str.h"

/* What filters, presets and defaults may refer to as $user, $role, $now, $ip, $key. Bound as parameters, so
 * that the statement is the same for everyone with the same access. Filled by roles/, per request. */
enum var { VAR_NONE, VAR_USER, VAR_ROLE, VAR_NOW, VAR_IP, VAR_KEY, VAR_COUNT };

struct vars {
    str user;                 /* id of the person or service account behind the request; absent: null */
    bool is_service;          /* … it is a service account's */
    bool is_server;           /* the server itself: commands, and what functions of roles/ have judged already */
    const str *roles;         /* names; $role in a filter means "any of these" */
    size_t role_count;
    int64_t now_ms;
    str ip;
    str key;                  /* id of the API key that the request came with; absent: null */
};
#endif
