/* Routes as the description tells of them. A route of ours that has no row here is a fault
 * of tests/api/test_description.c; other systems' routes are described by those systems. */
#include "api/openapi_facts.h"

/* clang-format off */
static const struct facts facts[] = {
    {M_GET,    "/api/content/item/{model}",       "first",          GIVES_ITEM,    TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/item/{model}/{id}",  "get",            GIVES_ITEM,    TAKES_NOTHING, ON_MANY,   VERB_READ,   NULL},
    {M_POST,   "/api/content/item/{model}",       "save",           GIVES_ITEM,    TAKES_WRAPPED, ON_ANY,    VERB_CREATE, NULL},
    {M_PUT,    "/api/content/item/{model}",       "replace",        GIVES_ITEM,    TAKES_WHOLE,   ON_SINGLE, VERB_UPDATE, NULL},
    {M_PATCH,  "/api/content/item/{model}",       "change",         GIVES_ITEM,    TAKES_PATCH,   ON_SINGLE, VERB_UPDATE, NULL},
    {M_PUT,    "/api/content/item/{model}/{id}",  "replace",        GIVES_ITEM,    TAKES_WHOLE,   ON_MANY,   VERB_UPDATE, NULL},
    {M_PATCH,  "/api/content/item/{model}/{id}",  "change",         GIVES_ITEM,    TAKES_PATCH,   ON_MANY,   VERB_UPDATE, NULL},
    {M_DELETE, "/api/content/item/{model}/{id}",  "delete",         GIVES_DELETED, TAKES_NOTHING, ON_MANY,   VERB_DELETE, NULL},
    {M_POST,   "/api/content/item/{model}/{id}/{action}",  NULL,    GIVES_OBJECT,  TAKES_INPUT,   ON_ANY,    VERB_UPDATE, NULL},
    {M_POST,   "/api/content/action/{model}/{action}",     NULL,    GIVES_OBJECT,  TAKES_INPUT,   ON_ANY,    VERB_UPDATE, NULL},
    {M_GET,    "/api/content/items/{model}",      "list",           GIVES_LIST,    TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_POST,   "/api/content/items/{model}/query", "query",         GIVES_LIST,    TAKES_OBJECT,  ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/items",              "listSeveral",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/content/tree/{model}",       "tree",           GIVES_TREE,    TAKES_NOTHING, ON_TREE,   VERB_READ,   NULL},
    {M_GET,    "/api/content/groups/{model}",     "groups",         GIVES_ARRAY,   TAKES_NOTHING, ON_MANY,   VERB_READ,   NULL},
    {M_GET,    "/api/content/aggregate/{model}",  "aggregate",      GIVES_ARRAY,   TAKES_NOTHING, ON_MANY,   VERB_READ,   NULL},
    {M_GET,    "/api/content/models",             "models",         GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/content/models/{model}",     "model",          GIVES_OBJECT,  TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/models/{model}/languages", "languages", GIVES_OBJECT, TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/models/{model}/schema", "schema",      GIVES_OBJECT,  TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/pages/menus",                "menus",          GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   "menus"},
    {M_GET,    "/api/pages/menu/{name}",          "menu",           GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "menus"},
    {M_GET,    "/api/pages/pages",                "pages",          GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/page",                 "pageByRoute",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/page/{id}",            "page",           GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/routes",               "routes",         GIVES_ARRAY ,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/auth/methods",               "signInMethods",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/setup",                 "setUp",          GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/login",                 "signIn",         GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/leaked",                "reportLeakedKey", GIVES_RECEIVED, TAKES_OBJECT, 0,        VERB_READ,   NULL},
    {M_POST,   "/api/auth/logout",                "signOut",        GIVES_NOTHING, TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/me",                    "whoAmI",         GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_PATCH,  "/api/auth/me",                    "changeMe",       GIVES_NOTHING, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_PUT,    "/api/auth/password",              "changePassword", GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/sessions/end-all",      "endSessions",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/explain",               "explain",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/templates",             "roleTemplates",  GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/second",                "secondFactor",   GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/step-up",               "stepUp",         GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/totp/begin",            "beginTotp",      GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/totp/confirm",          "confirmTotp",    GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_DELETE, "/api/auth/totp",                  "endTotp",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/recovery-codes",        "recoveryCodes",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkeys/begin",        "beginPasskey",   GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkeys/finish",       "makePasskey",    GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_DELETE, "/api/auth/passkeys/{id}",         "endPasskey",     GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkey/begin",         "askForPasskey",  GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkey/finish",        "usePasskey",     GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/token",                 "makeToken",      GIVES_CREATED, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_GET,    "/.well-known/jwks.json",          "publicKeys",     GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/invite",                "invite",         GIVES_CREATED, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/accept",                "acceptInvitation", GIVES_OBJECT, TAKES_OBJECT, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/reset",                 "askForReset",    GIVES_RECEIVED, TAKES_OBJECT, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/reset/confirm",         "resetPassword",  GIVES_NOTHING, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/magic",                 "askForLink",     GIVES_RECEIVED, TAKES_OBJECT, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/magic/confirm",         "signInByLink",   GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/verify",                "askForVerification", GIVES_RECEIVED, TAKES_OBJECT, 0,     VERB_READ,   NULL},
    {M_POST,   "/api/auth/verify/confirm",        "verifyAddress",  GIVES_NOTHING, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/oidc/{provider}",       "goToProvider",   GIVES_ANY,     TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/oidc/{provider}/link",  "linkProvider",   GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/oidc/{provider}/callback", "comeFromProvider", GIVES_ANY, TAKES_NOTHING, 0,        VERB_READ,   NULL},
    {M_GET,    "/livez",                          "isAlive",        GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/readyz",                         "isReady",        GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/system/healthcheck",         "healthcheck",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/docs/errors",                    "errors",         GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/openapi.json",               "openapi",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/openapi.json",                   "openapiAtRoot",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
};

/* clang-format on */

const struct facts *facts_of(const struct route *r)
{
    for (size_t i = 0; i < COUNTOF(facts); i++)
        if (facts[i].method == r->method && str_equal(str_of(facts[i].pattern), str_of(r->pattern)))
            return &facts[i];
    return NULL;
}
