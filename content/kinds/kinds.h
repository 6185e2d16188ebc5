#ifndef CONTENT_KINDS_KINDS_H
#define CONTENT_KINDS_KINDS_H
#include "content/kind.h"

/* What the files of this folder give to the table in content/kind.c, and what they share. */
typedef enum err kind_check(const struct check *c, const struct json *in, struct json *out);
typedef enum err kind_define(struct arena *a, const struct json *definition, struct field *f, str path,
                             struct problem *why);

kind_check check_text, check_slug;                                          /* text.c */
kind_check check_email, check_url, check_color;                             /* format.c */
kind_check operand_email, operand_color;
kind_check check_boolean, check_number, operand_boolean, operand_number;    /* number.c */
kind_check operand_seconds;
kind_check check_date, check_time, check_datetime, operand_datetime;        /* time.c */
kind_check check_select, operand_text;                                      /* select.c, text.c */
kind_check check_ref, operand_ref;                                          /* ref.c */
kind_check check_object, check_set;                                         /* deep.c */
kind_check check_component, check_block;                                    /* blocks.c */
kind_check check_geo;                                                       /* geo.c */
kind_check check_secret, check_password;                                                    /* secret.c */
kind_check check_many;                                                      /* many.c */

kind_define define_text, define_number, define_select, define_ref, define_asset, define_set, define_component;

/* "title must be text, not a number". Adds the fault "type"; returns ERR_INVALID. */
enum err check_type_fault(const struct check *c, const char *wanted, const struct json *in);
str check_subject(const struct check *c);
/* Text in *in: true. An empty one: *out is null and *done true. Anything else is a fault in *e. */
bool check_takes_text(const struct check *c, const char *wanted, const struct json *in, struct json *out,
                      enum err *e);

#endif
