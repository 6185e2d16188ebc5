#ifndef BASE_FORM_PART_H
#define BASE_FORM_PART_H
#include "base/form.h"

/* What both readers of multipart forms (base/form.h, base/multipart.h) say of a part. */
struct part_head {
    str name;
    str filename;                     /* {0}: no file */
    str content_type;                 /* {0}: not said */
};
/* The header lines and the empty line behind them, which are taken from *rest. */
NODISCARD enum err part_head_read(struct arena *a, str *rest, struct part_head *out, struct problem *why);
/* Behind a delimiter: "--" is the end, an empty line goes on. */
bool part_goes_on(str *rest, bool *ends);
/* "\r\n--" and the boundary that the header names. */
NODISCARD enum err part_delimiter(struct arena *a, str content_type, str *out, struct problem *why);
enum err form_broken(struct problem *why, const char *text);
#endif
