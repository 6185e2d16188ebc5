#ifndef TESTS_SUPPORT_MODEL_TEXT_H
#define TESTS_SUPPORT_MODEL_TEXT_H
#include "content/model/model.h"

/* Models and values from text, for tests of the model. JSON5, so that tables stay readable. */
const struct json *json_of(struct arena *a, const char *json5); /* must read */
/* A list of definitions, or one of them. With system: the system's own stand in front of them, so that
 * the first one's pointers begin with "/<system count>". *out is NULL on failure, and released with a. */
enum err model_of(struct arena *a, const char *json5, bool system, const struct model **out, struct problem *why);
/* Every fault as "path rule: text", one a line, in the order they came. */
str faults_text(struct arena *a, const struct problem *why);

#endif
