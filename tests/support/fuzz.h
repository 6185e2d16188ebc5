#ifndef TESTS_SUPPORT_FUZZ_H
#define TESTS_SUPPORT_FUZZ_H
/* One file tests/fuzz/fuzz_NAME.c defines this function, which asserts a property with must(), not
 * just survival. Seeds and found crashes go to tests/fuzz/corpus/NAME/; ctest replays them. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
