/* Whatever is sent as a body: the refusal is JSON, every fault in it has its four members and leads to a place that
 * the tables know, a secret is never said again, and without a fault the required members are there. */
#include "api/fastapi.h"
#include "base/limits.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fuzz.h"

struct part {
    str kind;
};
struct body {
    bool flag;
    int64_t size;
    str name, password, id, word;
    const struct json *any;
    struct fast_list parts;
};
static const str words[] = {STR("read"), STR("write"), {0}};
static const struct fast_field part_fields[] = {
    {.name = STR("kind"), .kind = FAST_WORD, .flags = FAST_REQUIRED, .offset = offsetof(struct part, kind), .words = words},
};
static const struct fast_shape part_shape = {part_fields, COUNTOF(part_fields), sizeof(struct part), true};
static const struct fast_field fields[] = {
    {.name = STR("flag"), .kind = FAST_BOOL, .flags = FAST_REQUIRED, .offset = offsetof(struct body, flag)},
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = offsetof(struct body, name), .least = 1, .most = 4},
    {.name = STR("size"), .kind = FAST_INT, .offset = offsetof(struct body, size), .least = 0, .most = 100},
    {.name = STR("password"), .kind = FAST_TEXT, .flags = FAST_SECRET, .offset = offsetof(struct body, password), .least = 40, .most = 50},
    {.name = STR("id"), .kind = FAST_UUID, .flags = FAST_NULLABLE, .offset = offsetof(struct body, id)},
    {.name = STR("any"), .kind = FAST_JSON, .offset = offsetof(struct body, any)},
    {.name = STR("parts"), .kind = FAST_MAPS, .flags = FAST_NULLABLE, .offset = offsetof(struct body, parts), .maps = &part_shape},
};
static const struct fast_shape shape = {fields, COUNTOF(fields), sizeof(struct body), false};

static void check_detail(const struct json *detail)
{
    static const str members[] = {STR("type"), STR("loc"), STR("msg"), STR("input")};
    must(detail && detail->type == JSON_LIST && detail->count > 0 && detail->count <= LIMIT_FAULTS);
    for (uint32_t i = 0; i < detail->count; i++) {
        for (size_t k = 0; k < COUNTOF(members); k++)
            must(json_get(&detail->items[i], members[k]) != NULL);
        const struct json *loc = json_get(&detail->items[i], S("loc")), *input = json_get(&detail->items[i], S("input"));
        must(loc->type == JSON_LIST && loc->count >= 1 && str_equal(loc->items[0].text, S("body")));
        bool of_secret = loc->count == 2 && loc->items[1].type == JSON_TEXT && str_equal(loc->items[1].text, S("password"));
        must(!of_secret || (input->type == JSON_TEXT && str_equal(input->text, S("**********"))));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct fake_exchange *f = fake_request(a, "POST", "/x", "", (str){(const char *)data, size});
    struct problem why = {.arena = a};
    struct fast_faults faults;
    struct body body = {.size = -1};
    const struct json *json = NULL, *answer = NULL;
    bool is_json = false;
    fast_begin(&faults, &f->x);
    if (fast_read(&faults, &f->x, &json, &is_json, &why) == ERR_OK) {
        if (is_json)
            fast_body(&faults, json, &shape, &body);
        if (faults.count) {
            must(fast_refuse(&f->x, &faults) == ERR_OK && f->status == 422);
            must(json_read(a, f->answer, NULL, S(""), &answer, &why) == ERR_OK);
            check_detail(json_get(answer, S("detail")));
        } else {
            must(is_json && body.name.len >= 1 && body.size >= -1 && body.size <= 100);
        }
    }
    arena_close(a);
    return 0;
}
