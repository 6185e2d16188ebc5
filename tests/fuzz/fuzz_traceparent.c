/* A caller's trace that is read is passed on as the same trace. */
#include "base/spans.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1024);
    struct spans *s = spans_open(a, "request", 0);
    struct trace_context back = {.is_sampled = false};
    char header[TRACEPARENT_LENGTH + 1];
    if (traceparent_read((str){(const char *)data, size}, &s->trace)) {
        must(size >= TRACEPARENT_LENGTH);
        s->first_id = 1;
        s->is_sent = s->trace.is_sampled;
        traceparent_write(s, 0, header);
        must(traceparent_read(str_of(header), &back) && back.is_sampled == s->trace.is_sampled);
        must(memcmp(back.trace, s->trace.trace, sizeof back.trace) == 0 && back.parent[7] == 1);
    }
    arena_close(a);
    return 0;
}
