#include "server/chunked.h"

#include "base/limits.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err bad(struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "The chunks of the body are not well formed.");
}

static enum err size_byte(struct chunked *c, char byte, struct problem *why)
{
    int digit = hex_digit(byte);
    if (digit >= 0) {
        if (c->digits == 8)
            return bad(why);
        c->digits++;
        c->left = c->left * 16 + (unsigned)digit;
        return ERR_OK;
    }
    if (c->digits == 0)
        return bad(why);
    if (byte == ';')
        c->state = CHUNKED_EXTENSION;
    else if (byte == '\r')
        c->state = CHUNKED_SIZE_LF;
    else
        return bad(why);
    return ERR_OK;
}

/* A byte inside an extension or a trailer: `next` is where a CR leads. */
static enum err skipped_byte(struct chunked *c, char byte, unsigned *count, unsigned max,
                             enum chunked_state next, struct problem *why)
{
    unsigned char b = (unsigned char)byte;
    if (byte == '\r') {
        c->state = next;
        return ERR_OK;
    }
    if (++*count > max || (b < 0x20 && b != '\t') || b == 0x7f)
        return bad(why);
    return ERR_OK;
}

static enum err expect(struct chunked *c, char byte, char wanted, enum chunked_state next,
                       struct problem *why)
{
    if (byte != wanted)
        return bad(why);
    c->state = next;
    return ERR_OK;
}

static enum err size_is_complete(struct chunked *c, char byte, struct problem *why)
{
    TRY(expect(c, byte, '\n', c->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER, why));
    c->digits = 0;
    return ERR_OK;
}

static enum err trailer_byte(struct chunked *c, char byte, struct problem *why)
{
    if (c->state == CHUNKED_TRAILER && byte == '\r') {
        c->state = CHUNKED_END_LF;
        return ERR_OK;
    }
    c->state = CHUNKED_TRAILER_LINE;
    return skipped_byte(c, byte, &c->trailer_bytes, LIMIT_TRAILER_BYTES, CHUNKED_TRAILER_LF, why);
}

static enum err framing_byte(struct chunked *c, char byte, struct problem *why)
{
    switch (c->state) {
    case CHUNKED_SIZE:
        return size_byte(c, byte, why);
    case CHUNKED_EXTENSION:
        return skipped_byte(c, byte, &c->extension_bytes, LIMIT_CHUNK_EXTENSION_BYTES,
                            CHUNKED_SIZE_LF, why);
    case CHUNKED_SIZE_LF:
        return size_is_complete(c, byte, why);
    case CHUNKED_DATA_CR:
        return expect(c, byte, '\r', CHUNKED_DATA_LF, why);
    case CHUNKED_DATA_LF:
        return expect(c, byte, '\n', CHUNKED_SIZE, why);
    case CHUNKED_TRAILER:
    case CHUNKED_TRAILER_LINE:
        return trailer_byte(c, byte, why);
    case CHUNKED_TRAILER_LF:
        return expect(c, byte, '\n', CHUNKED_TRAILER, why);
    case CHUNKED_END_LF:
        return expect(c, byte, '\n', CHUNKED_DONE, why);
    case CHUNKED_DATA:
    case CHUNKED_DONE:
        break;
    }
    return bad(why);
}

enum err chunked_frame(struct chunked *c, str in, size_t *used, struct problem *why)
{
    size_t i = 0;
    while (i < in.len && c->state != CHUNKED_DATA && c->state != CHUNKED_DONE)
        TRY(framing_byte(c, in.at[i++], why));
    *used = i;
    return ERR_OK;
}

void chunked_took(struct chunked *c, uint64_t n)
{
    must(c->state == CHUNKED_DATA && n <= c->left);
    c->left -= n;
    if (c->left == 0) {
        c->state = CHUNKED_DATA_CR;
        c->extension_bytes = 0;
    }
}
