/* What tokens are for, as a table. Zenml's claims are exactly those its servers write (zenml-tokens.md 3);
 * Notary's `jti` names the session that its tokens lack. */
#include "roles/credentials/tokens.h"

#define HOUR ((int64_t)3600 * 1000)
#define MINUTE ((int64_t)60 * 1000)

/* clang-format off */
static const struct token_purpose_facts purposes[] = {
    {TOKEN_API,      STR("api"),      JWT_EDDSA, STR("sub"), STR("sid"),        STR("key"),        STR("jti"), false, true,  HOUR,     24 * HOUR, 30},
    {TOKEN_REGISTRY, STR("registry"), JWT_EDDSA, STR("sub"), STR("sid"),        STR("key"),        STR("tok"), false, true,  5 * MINUTE, 5 * MINUTE, 30},
    {TOKEN_ZENML,    STR("zenml"),    JWT_HS256, STR("sub"), STR("session_id"), STR("api_key_id"), STR("jti"), true,  false, HOUR, 30 * 24 * HOUR, 10},
    {TOKEN_NOTARY,   STR("notary"),   JWT_HS256, STR("sub"), STR("jti"),        STR("key"),        STR("tok"), false, false, HOUR,     HOUR,      30},
    {TOKEN_CHUTES,   STR("chutes"),   JWT_HS256, STR("sub"), STR("jti"),        STR("key"),        STR("tok"), true,  true,  7 * 24 * HOUR, 7 * 24 * HOUR, 30},
    {TOKEN_FILES,    STR("files"),    JWT_HS256, {0},        {0},               {0},               {0},        false, true,  5 * MINUTE, HOUR,      0},
};
/* clang-format on */

const struct token_purpose_facts *token_purpose_facts(enum token_purpose purpose)
{
    for (size_t i = 0; i < COUNTOF(purposes); i++)
        if (purposes[i].purpose == purpose)
            return &purposes[i];
    must(false);
    return NULL;
}
