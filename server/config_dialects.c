/* What is configured of the façades of other systems. */
#include "server/config_table.h"

/* /one/two: plain segments, no slash at the end. */
static bool is_prefix(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!plain && !(c == '/' && i + 1 < s.len && s.at[i + 1] != '/'))
            return false;
    }
    return s.len > 1 && s.at[0] == '/';
}

bool config_check_dialects(struct config *c, struct problem *why)
{
    bool right = true;
    if (str_ends(c->api.chutes_prefix, S("/")))
        c->api.chutes_prefix = str_slice(c->api.chutes_prefix, 0, c->api.chutes_prefix.len - 1);
    if (c->api.chutes_prefix.len && !is_prefix(c->api.chutes_prefix)) {
        (void)problem_fault(why, ERR_INVALID, S("chutes.prefix"), S("path"), "\"" STR_FMT "\" is not a path like /chutes.",
                            STR_ARG(c->api.chutes_prefix));
        right = false;
    }
    if (c->registry_auth == REGISTRY_TOKEN)
        c->api.registry_password = (str){0};
    else if (c->api.registry_password.len == 0) {
        (void)problem_fault(why, ERR_INVALID, S("registry_auth.password"), S("required"), "With basic there must be a password.");
        right = false;
    }
    return right;
}
