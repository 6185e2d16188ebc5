/* A range that is read lies within what there is and is not empty. First byte: the size. */
#include "base/defs.h"
#include "base/range.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t from, end;
    if (size < 1)
        return 0;
    switch (range_read((str){(const char *)data + 1, size - 1}, data[0], &from, &end)) {
    case RANGE_PART: must(from < end && end <= data[0]); break;
    case RANGE_WHOLE:
    case RANGE_BEYOND: must(from == 0 && end == data[0]); break;
    }
    return 0;
}
