#include "server/access_log.h"

#include "base/log.h"
#include "roles/principal.h"

void access_log(const struct exchange *x, int64_t us)
{
    LOG(LOG_INFO, "request", LOG_TEXT("id", x->request_id),
        LOG_TEXT("method", method_name(x->method)),
        LOG_TEXT("route", x->route ? str_of(x->route) : S("")),
        LOG_TEXT("path", x->path.len ? x->path : S("")), LOG_NUMBER("status", x->status_sent),
        LOG_NUMBER("us", us), LOG_NUMBER("bytes", (int64_t)x->bytes_sent),
        LOG_TEXT("who", x->who ? x->who->actor.label : S("")), LOG_TEXT("peer", x->peer));
}
