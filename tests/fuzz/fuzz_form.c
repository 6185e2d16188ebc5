/* A form that is accepted, written again in parts, is accepted and means the same. First byte: the sort of form. */
#include "base/form.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "tests/support/fuzz.h"

static bool can_be_quoted(str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '\r' || name.at[i] == '\n')
            return false;
    return name.len < 500;
}

static str write_again(struct arena *a, const struct form *form)
{
    struct buf b;
    buf_init(&b, a, 1 << 20);
    for (size_t i = 0; i < form->count; i++) {
        buf_add(&b, S("--again\r\nContent-Disposition: form-data; name=\""));
        for (size_t k = 0; k < form->fields[i].name.len; k++) {
            char c = form->fields[i].name.at[k];
            if (c == '"' || c == '\\')
                buf_byte(&b, '\\');
            buf_byte(&b, c);
        }
        buf_add(&b, form->fields[i].is_file ? S("\"; filename=f\r\n\r\n") : S("\"\r\n\r\n"));
        buf_add(&b, form->fields[i].value);
        buf_add(&b, S("\r\n"));
    }
    buf_add(&b, S("--again--"));
    return buf_str(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192)
        return 0;
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a}, never = {.arena = a};
    struct form once, twice;
    str type = data[0] & 1 ? S("multipart/form-data; boundary=X") : S("application/x-www-form-urlencoded");
    str body = {(const char *)data + 1, size - 1};
    if (form_read(a, type, body, &once, &why) == ERR_OK) {
        bool again = true;
        for (size_t i = 0; i < once.count; i++) {
            must(utf8_valid(once.fields[i].name) && (once.fields[i].is_file || utf8_valid(once.fields[i].value)));
            str v = once.fields[i].value;
            again = again && can_be_quoted(once.fields[i].name) && !str_contains(v, S("\r\n--again")) && !str_starts(v, S("--again"));
            for (size_t k = 0; k < i; k++) /* names like "a[]" may repeat in a query, not in parts */
                again = again && !str_equal(once.fields[k].name, once.fields[i].name);
        }
        if (again) {
            must(form_read(a, S("multipart/form-data; boundary=again"), write_again(a, &once), &twice, &never) == ERR_OK);
            must(once.count == twice.count);
            for (size_t i = 0; i < once.count; i++) {
                must(str_equal(once.fields[i].name, twice.fields[i].name));
                must(str_equal(once.fields[i].value, twice.fields[i].value));
                must(once.fields[i].is_file == twice.fields[i].is_file);
            }
        }
    } else {
        must(why.text.len > 0 && once.count == 0);
    }
    arena_close(a);
    return 0;
}
