#ifndef SERVER_TRANSFER_TRANSFER_H
#define SERVER_TRANSFER_TRANSFER_H
#include "server/transfer/intake.h"

/* Whole contents on their way in: collections first, then items in any order of collections. References that lead
 * to what is not there yet wait in a file of their own and are put in at the end; until then their items are
 * drafts, so that a required reference may be missing for a while. Used by our own archives and by every importer
 * (import_*.c), which only have to say what they found, in the words of the content API.
 *
 * Other systems' ids are turned into ours by transfer_id: the same source gives the same ids, so that an import can
 * be repeated (with `replaces`) and continues where it was cut off. */
struct transfer;

struct transfer_options {
    bool dry_run;
    bool restores;                    /* our own archive: items keep _rev, times, makers, what is locked */
    bool replaces;
};
struct transfer *transfer_open(struct call *c, struct app *app, const struct transfer_options *options);
struct app *transfer_app(const struct transfer *t);
str transfer_word(const struct transfer *t, const char *option);  /* what the command line says of a source's own; {0}: nothing */
bool transfer_flag(const struct transfer *t, const char *option);
/* Definitions of users' collections, all in one change of the model. Those of the same name that are there become
 * these; fields that this would lose are kept as they are (ERR_CONFLICT names them). */
NODISCARD enum err transfer_models(struct transfer *t, const struct json *const *definitions, size_t count, struct problem *why);
/* Languages (codes like en, de-CH) that have to be there before items that speak them; the first is the default where
 * there is none yet. Those that are there stay as they are. */
NODISCARD enum err transfer_languages(struct transfer *t, const str *codes, size_t count, struct problem *why);
/* Items of which collection come next. ERR_NOT_FOUND: there is none of that name. A dry run only counts the items of
 * collections that the definitions would make or change. */
NODISCARD enum err transfer_into(struct transfer *t, str collection, struct problem *why);
/* From here on items that are there already stay as they are: people who have a password by now. */
void transfer_keep(struct transfer *t, bool keeps);
/* For what is no item as it comes: whether it is a dry run, and the count. */
bool transfer_is_dry(const struct transfer *t);
void transfer_count(struct transfer *t, str what, bool taken);
/* Memory for one item, as intake_arena. */
struct arena *transfer_arena(struct transfer *t);
/* One item with its _id. Refused ones are reported and counted, which is no error. */
NODISCARD enum err transfer_item(struct transfer *t, const struct json *item, struct problem *why);
void transfer_show(struct transfer *t, double part);
/* A sentence on standard error for what could not be brought along, once per text. */
void transfer_tell(struct transfer *t, str sentence);
void transfer_tell_count(struct transfer *t, uint64_t count, const char *what);    /* "3 comments …"; nothing of 0 */
/* Puts the waiting references in; prints what was taken and refused by collection. */
NODISCARD enum err transfer_finish(struct transfer *t, struct problem *why);
uint64_t transfer_refused(const struct transfer *t);
void transfer_close(struct transfer *t);
/* 24 hex digits of a source's own: one that has that form already is taken as it is. */
str transfer_id(struct arena *a, str source, str collection, str id);
#endif
