#ifndef BASE_OUTBOUND_CURL_H
#define BASE_OUTBOUND_CURL_H
/* libcurl as base/outbound.c and base/mail.c call it: by its own names, through a table that is filled when
 * the library is first needed. Linked in the usual way it would bring some thirty others along at every
 * start, 5 MB that servers without mail and providers never use (docs/decisions/0007-libcurl-when-needed.md).
 *
 * Its own check of options by type is lost with that; take care that each one gets a long, a curl_off_t or a
 * pointer, as its manual says. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define CURL_CALLS(X)                                                                                  \
    X(easy_init) X(easy_cleanup) X(easy_perform) X(easy_setopt) X(easy_getinfo) X(easy_strerror)       \
    X(slist_append) X(slist_free_all) X(url) X(url_cleanup) X(url_get) X(url_set) X(free)              \
    X(version_info) X(global_init)

struct curl_calls {
#define X(name) __typeof__(&curl_##name) name;
    CURL_CALLS(X)
#undef X
};
/* NULL: it is not installed. Loaded once and never let go; thread-safe. */
const struct curl_calls *curl_calls(void);

/* clang-format off */
#define curl_easy_init       curl_calls()->easy_init
#define curl_easy_cleanup    curl_calls()->easy_cleanup
#define curl_easy_perform    curl_calls()->easy_perform
#define curl_easy_setopt     curl_calls()->easy_setopt
#define curl_easy_getinfo    curl_calls()->easy_getinfo
#define curl_easy_strerror   curl_calls()->easy_strerror
#define curl_slist_append    curl_calls()->slist_append
#define curl_slist_free_all  curl_calls()->slist_free_all
#define curl_url()           curl_calls()->url()
#define curl_url_cleanup     curl_calls()->url_cleanup
#define curl_url_get         curl_calls()->url_get
#define curl_url_set         curl_calls()->url_set
#define curl_free            curl_calls()->free
/* clang-format on */
#endif
