#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/defs.h"
#include "base/outbound_curl.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct curl_calls calls;
static const struct curl_calls *loaded;

static bool find(void *library, const char *name, void *into)
{
    void *symbol = dlsym(library, name);
    memcpy(into, &symbol, sizeof symbol); /* ISO C has no cast from it to a function */
    return symbol != NULL;
}

static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    bool complete = library != NULL;
#define X(name) complete = complete && find(library, "curl_" #name, &calls.name);
    CURL_CALLS(X)
#undef X
    if (complete && calls.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        loaded = &calls;
}

const struct curl_calls *curl_calls(void)
{
    must(pthread_once(&once, load) == 0);
    return loaded;
}
