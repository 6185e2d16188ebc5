/* A form read as it comes, in pieces of any size, says the same as one read whole. First byte: the pieces' size. */
#include "base/form.h"
#include "base/multipart.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fuzz.h"

#define TYPE "multipart/form-data; boundary=X"

/* Reads it all; names and values one behind the other. */
static enum err stream(struct arena *a, str body, size_t step, struct buf *out)
{
    struct problem why = {.arena = a};
    struct multipart *m = NULL;
    struct multipart_part part;
    struct fake_exchange *f = fake_request(a, "POST", "/", "Content-Type: " TYPE "\n", body);
    f->body_step = step;
    TRY(multipart_begin(&f->x, S(TYPE), &m, &why));
    for (;;) {
        char piece[100];
        size_t got = 1;
        TRY(multipart_next(m, &part, &why));
        if (str_is_absent(part.name))
            return ERR_OK;
        buf_format(out, "%zu ", part.name.len);
        buf_add(out, part.name);
        buf_add(out, str_is_absent(part.filename) ? S("=") : S("<"));
        while (got > 0) {
            TRY(multipart_read(m, piece, sizeof piece, &got, &why));
            buf_add(out, (str){piece, got});
        }
        buf_byte(out, '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192)
        return 0;
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    struct form form;
    struct buf whole, pieces, bytes;
    str body = {(const char *)data + 1, size - 1};
    buf_init(&whole, a, 1 << 20);
    buf_init(&pieces, a, 1 << 20);
    buf_init(&bytes, a, 1 << 20);
    enum err one = stream(a, body, 0, &whole), other = stream(a, body, 1 + data[0] % 70u, &pieces);
    must(one == other && (one != ERR_OK || str_equal(buf_str(&whole), buf_str(&pieces))));
    if (form_read(a, S(TYPE), body, &form, &why) == ERR_OK) { /* which wants more: text, and each name once */
        must(one == ERR_OK);
        for (size_t i = 0; i < form.count; i++) {
            buf_format(&bytes, "%zu ", form.fields[i].name.len);
            buf_add(&bytes, form.fields[i].name);
            buf_add(&bytes, form.fields[i].is_file ? S("<") : S("="));
            buf_add(&bytes, form.fields[i].value);
            buf_byte(&bytes, '\n');
        }
        must(str_equal(buf_str(&bytes), buf_str(&whole)));
    }
    arena_close(a);
    return 0;
}
