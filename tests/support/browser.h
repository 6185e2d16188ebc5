#ifndef TESTS_SUPPORT_BROWSER_H
#define TESTS_SUPPORT_BROWSER_H
#include "tests/support/house.h"
#include "tests/support/rest.h"

/* Somebody's browser at http://cms.example: keeps its cookie, knows the token for changes. Takes over a new
 * cookie and token from every answer that has them. Everything lives in the house's arena. */
struct browser {
    struct house *house;
    str cookie;                       /* "vitrine_session=…" */
    str csrf;
};
/* must: it succeeds, without a second factor. */
struct browser browser_sign_in(struct house *h, const char *name, const char *password);
/* The answer to a sign-in by this name and password. */
struct fake_exchange *browser_try(struct house *h, const char *name, const char *password);
/* body: JSON5, NULL: none. As the dashboard sends it. */
struct fake_exchange *browser_send(struct browser *b, const char *method, const char *target, const char *body);
struct fake_exchange *browser_get(struct browser *b, const char *target);
struct fake_exchange *browser_delete(struct browser *b, const char *path, str id);
/* Of a JSON answer: all of it; a text or the print of another value; {0}: absent. */
const struct json *browser_json(const struct fake_exchange *f);
str browser_member(const struct fake_exchange *f, const char *pointer);
/* The text with a word replaced, everywhere. */
str browser_with(struct arena *a, str text, const char *word, str by);
#endif
