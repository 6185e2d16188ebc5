/* An instant that is read is written in the one form we write, which reads as the same instant. */
#include "base/time.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1024);
    str text = {(const char *)data, size};
    int64_t ms = 0, back = 0;
    struct buf b;
    buf_init(&b, a, 64);
    int minutes_east = 0, same = 0;
    if (time_read_zoned(text, &ms, &minutes_east)) {
        must(size >= 16 && time_is_date(str_slice(text, 0, 10)));
        time_write_zoned(&b, ms, minutes_east);
        must(time_read_zoned(buf_str(&b), &back, &same) && back == ms && same == minutes_east);
        buf_clear(&b);
        time_write(&b, ms);
        must(time_read(buf_str(&b), &back) && back == ms);
    }
    if (size >= 8) { /* any number at all can be written */
        memcpy(&ms, data, 8);
        buf_clear(&b);
        time_write(&b, ms);
        must(time_read(buf_str(&b), &back));
        must(back == ms || ms < -62167219200000 || ms > 253402300799999);
    }
    arena_close(a);
    return 0;
}
