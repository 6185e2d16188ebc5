#include "tests/support/browser.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

const struct json *browser_json(const struct fake_exchange *f)
{
    return f->answer.len ? house_json(f->x.arena, arena_cstr(f->x.arena, f->answer)) : &json_null;
}

str browser_member(const struct fake_exchange *f, const char *pointer)
{
    const struct json *v = json_at(browser_json(f), str_of(pointer));
    return !v ? (str){0} : v->type == JSON_TEXT ? v->text : json_print(f->x.arena, v);
}

str browser_with(struct arena *a, str text, const char *word, str by)
{
    struct buf b;
    str w = str_of(word);
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < text.len;) {
        if (str_starts(str_slice(text, i, text.len), w)) {
            buf_add(&b, by);
            i += w.len;
        } else {
            buf_byte(&b, text.at[i++]);
        }
    }
    return buf_str(&b);
}

static void take_over(struct browser *b, const struct fake_exchange *f)
{
    str cookie, rest, csrf;
    if (!str_is_absent(fake_header(f, "Set-Cookie"))) {
        (void)str_cut(fake_header(f, "Set-Cookie"), ';', &cookie, &rest);
        b->cookie = cookie;
    }
    if (f->status < 300 && f->answer.len && f->answer.at[0] == '{' && !str_is_absent(csrf = browser_member(f, "/csrf")))
        b->csrf = csrf;
}

struct fake_exchange *browser_send(struct browser *b, const char *method, const char *target, const char *body)
{
    struct arena *a = b->house->arena;
    str text = body ? json_print(a, house_json(a, body)) : S("");
    struct buf lines;
    buf_init(&lines, a, 64u << 10);
    buf_format(&lines, "Host: cms.example\nOrigin: http://cms.example\n");
    if (body)
        buf_add(&lines, S("Content-Type: application/json\n"));
    if (b->cookie.len)
        buf_format(&lines, "Cookie: " STR_FMT "\n", STR_ARG(b->cookie));
    if (b->csrf.len)
        buf_format(&lines, "X-CSRF-Token: " STR_FMT "\n", STR_ARG(b->csrf));
    struct fake_exchange *f = rest_request(b->house->gate, a, method, target, arena_cstr(a, buf_str(&lines)), text, NULL);
    take_over(b, f);
    return f;
}

struct fake_exchange *browser_get(struct browser *b, const char *target)
{
    return browser_send(b, "GET", target, NULL);
}

struct fake_exchange *browser_delete(struct browser *b, const char *path, str id)
{
    struct arena *a = b->house->arena;
    return browser_send(b, "DELETE", arena_cstr(a, arena_format(a, "%s" STR_FMT, path, STR_ARG(id))), NULL);
}

static struct fake_exchange *sign_in(struct browser *b, const char *name, const char *password)
{
    struct arena *a = b->house->arena;
    return browser_send(b, "POST", "/api/auth/login", arena_cstr(a, arena_format(a, "{user:'%s', password:'%s'}", name, password)));
}

struct fake_exchange *browser_try(struct house *h, const char *name, const char *password)
{
    struct browser b = {.house = h};
    return sign_in(&b, name, password);
}

struct browser browser_sign_in(struct house *h, const char *name, const char *password)
{
    struct browser b = {.house = h};
    struct fake_exchange *f = sign_in(&b, name, password);
    if (f->status != 200)
        fprintf(stderr, "%s does not sign in: " STR_FMT "\n", name, STR_ARG(f->answer));
    must(f->status == 200 && b.cookie.len && b.csrf.len);
    return b;
}
