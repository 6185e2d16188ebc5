/* ZenML's routes. The prefix is shared with Notary's; a path that neither knows is refused in words that the clients
 * of both look for. */
#include "api/zenml/zenml.h"
#include "base/limits.h"

#define V1       ZENML_PREFIX
#define ACCOUNT  V1 "/service_accounts/{name_or_id}"
#define KEYS     V1 "/service_accounts/{service_account_id}/api_keys"
#define KEY      KEYS "/{key_name_or_id}"
#define DEVICE   V1 "/devices/{device_id}"
#define PERSON   V1 "/users/{name_or_id}"
#define LARGE    LIMIT_BODY_BYTES
#define FORM     (ROUTE_OPEN | ROUTE_FORM)

/* clang-format off */
static const struct route routes[] = {
    {M_POST,   V1 "/login",                zenml_login,                LIMIT_LOGIN_BODY_BYTES, FORM,       "Sign in with a password, an API key or a device code, for a token"},
    {M_GET,    V1 "/logout",               zenml_logout,               0,                      0,          "End this session and its token"},
    {M_POST,   V1 "/logout",               zenml_logout,               LIMIT_IGNORED_BODY_BYTES, 0,         "End this session and its token"},
    {M_GET,    V1 "/current-user",         zenml_current_user,         0,                      0,          "Who this request speaks for, as a user"},
    {M_PUT,    V1 "/current-user",         zenml_current_user_put,     LARGE,                  0,          "Change one's own account"},
    {M_GET,    V1 "/api_token",            zenml_api_token,            0,                      0,          "Make a short-lived token for scripts"},
    {M_POST,   V1 "/device_authorization", zenml_device_authorization, LIMIT_LOGIN_BODY_BYTES, FORM,       "Ask for codes with which a device is let in"},
    {M_GET,    V1 "/devices",              zenml_devices_list,         0,                      0,          "The caller's devices"},
    {M_GET,    DEVICE,                     zenml_device_get,           0,                      0,          "One of the caller's devices, or one that waits for this code"},
    {M_PUT,    DEVICE,                     zenml_device_put,           LARGE,                  0,          "Lock a device, or unlock it"},
    {M_DELETE, DEVICE,                     zenml_device_delete,        0,                      0,          "Forget a device; its tokens end"},
    {M_PUT,    DEVICE "/verify",           zenml_device_verify,        LARGE,                  0,          "Let a device in"},
    {M_GET,    V1 "/service_accounts",     zenml_accounts_list,        0,                      0,          "Service accounts"},
    {M_POST,   V1 "/service_accounts",     zenml_accounts_create,      LARGE,                  0,          "Make a service account"},
    {M_GET,    ACCOUNT,                    zenml_account_get,          0,                      0,          "A service account"},
    {M_PUT,    ACCOUNT,                    zenml_account_put,          LARGE,                  0,          "Change a service account"},
    {M_DELETE, ACCOUNT,                    zenml_account_delete,       0,                      0,          "Delete a service account, its keys with it"},
    {M_GET,    KEYS,                       zenml_keys_list,            0,                      0,          "A service account's keys"},
    {M_POST,   KEYS,                       zenml_keys_create,          LARGE,                  0,          "Make a key; it is shown this once"},
    {M_GET,    KEY,                        zenml_key_get,              0,                      0,          "A service account's key, without its text"},
    {M_PUT,    KEY,                        zenml_key_put,              LARGE,                  0,          "Change a key's name, description, or switch it off"},
    {M_DELETE, KEY,                        zenml_key_delete,           0,                      0,          "Delete a key; its tokens end"},
    {M_PUT,    KEY "/rotate",              zenml_key_rotate,           LARGE,                  0,          "Give a key a new secret; the old one lives on as long as is said"},
    {M_GET,    V1 "/users",                zenml_users_list,           0,                      0,          "People, as far as the caller may see them"},
    {M_POST,   V1 "/users",                zenml_users_create,         LARGE,                  0,          "Make an account for somebody"},
    {M_GET,    PERSON,                     zenml_user_get,             0,                      0,          "Somebody's account"},
    {M_PUT,    PERSON,                     zenml_user_put,             LARGE,                  0,          "Change an account"},
    {M_DELETE, PERSON,                     zenml_user_delete,          0,                      0,          "Delete an account"},
    {M_PUT,    PERSON "/activate",         zenml_user_activate,        LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Choose the password of an account that was made for one"},
    {M_PUT,    PERSON "/deactivate",       zenml_user_deactivate,      LARGE,                  0,          "Switch an account off; its new activation token is shown this once"},
    {M_GET,    V1 "/version",              zenml_version,              0,                      ROUTE_OPEN, "The server's version"},
    {M_GET,    V1 "/info",                 zenml_info,                 0,                      ROUTE_OPEN, "Which server this is and how one signs in"},
    {M_GET,    "/health",                  zenml_health,               0,                      ROUTE_OPEN, "The process answers"},
    {M_GET,    "/ready",                   zenml_ready,                0,                      ROUTE_OPEN, "The storage takes reads and writes"},
};
/* clang-format on */
static bool is_on(const struct api *api)
{
    return !api->options.zenml.is_off;
}

static const char *const realms[] = {ZENML_PREFIX "/", NULL};
const struct api_table zenml_api = {
    .routes = routes, .count = COUNTOF(routes), .problem = zenml_problem, .problem_name = "FastApiProblem", .realms = realms, .is_on = is_on};
