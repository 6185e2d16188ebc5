#ifndef TESTS_SUPPORT_STAND_H
#define TESTS_SUPPORT_STAND_H
#include "server/app.h"
#include "server/serve.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

/* A whole server without sockets: a house in memory, the real routes, the real life of a request.
 *
 *     struct stand *s = stand_open();                       // or stand_open_demo(): its content,
 * too house_model(s->house, …); house_people(s->house, …); struct fake_exchange *f = stand_ask(s,
 * a, "GET", "/api/content/items/posts", "bot", NULL); CHECK_INT(f->status, 200); … f->answer …
 *     stand_close(s);
 *
 * One thread at a time. */
struct stand {
    struct house *house;
    struct app app;
    struct config config;
    struct config_result said;        /* what a server is told when nobody says anything */
    struct serving serving;
    struct route_set sets[64];
    str editor, reader; /* keys of the demo */
    str admin;          /* a key of the built-in role */
};

struct stand *stand_open(void);
struct stand *stand_open_with(const struct house_config *config);
struct stand *stand_open_demo(void);
void stand_close(struct stand *s);

/* headers: lines "Name: value", or NULL. */
struct fake_exchange *stand_send(struct stand *s, struct arena *a, const char *method,
                                 const char *target, const char *headers, str body);
/* key: a secret, or {0} for nobody. json: the body, in JSON5; NULL: none. */
struct fake_exchange *stand_ask(struct stand *s, struct arena *a, const char *method,
                                const char *target, str key, const char *json);
/* The answer as a tree; must: it is JSON. */
const struct json *stand_json(struct arena *a, const struct fake_exchange *f);
/* Every item of every collection and the journal, as text: what must not change when a request is
 * refused. */
str stand_dump(struct stand *s, struct arena *a);
#endif
