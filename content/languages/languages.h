#ifndef CONTENT_LANGUAGES_LANGUAGES_H
#define CONTENT_LANGUAGES_LANGUAGES_H
#include "content/access.h"
#include "content/query/query.h"

/* The languages of a site: the items of the collection `locales` that are enabled, as they were when the model
 * was loaded (content/journal/catch_up.c swaps the model when one of them changes), so that nobody asks the database for them.
 * Immutable, part of the model. A localised field's own column holds the default language: the one marked
 * `standard`, else the first. Without any, languages are off. */
struct language {
    str code;                         /* "de-CH", as it was written; compared without regard to letter case */
    const struct language *fallback;  /* its own wish, or the language that its code begins with; NULL: the default */
    bool standard;                    /* the default language; exactly one is */
};

struct languages {
    const struct language *list;      /* in the order they were made */
    size_t count;                     /* 0: off */
    const struct language *standard;  /* NULL: off */
};

const struct languages *model_languages(const struct model *m);   /* never NULL */
/* From images of the collection `locales`. */
const struct languages *languages_read(struct arena *a, const struct json *items, size_t count);
/* NULL: there is none (or it is not enabled). */
const struct language *language_find(const struct languages *l, str code);
/* The same, also for "de-CH" where there is "de", and for "default". */
const struct language *language_near(const struct languages *l, str code);

/* What a reader asks for: `locale` ("de", "default", "all" or "*"; {0}: nothing) and `fallback` ("en,fr", "none";
 * {0}: the language's own chain, which ends in the default). A locale that is not known is the default, as
 * old clients expect; a fallback that is not known is a fault. *out is NULL when that is what is read anyway. */
struct lens_wish {
    str locale, fallback;
    bool reports;                     /* items tell which fields fell back */
};
NODISCARD enum err lens_read(struct arena *a, const struct languages *l, const struct lens_wish *wish,
                             const struct lens **out, struct problem *why);
/* A lens on one language alone. */
const struct lens *lens_of_language(struct arena *a, const struct language *l);
/* What a principal's lens comes to under his grants. ERR_FORBIDDEN: he asked for a language that he may not
 * read. Who asks for none and may not read the default, reads the first language that he may. */
NODISCARD enum err lens_judge(struct arena *a, const struct access *access, const struct languages *l,
                              const struct lens *wish, const struct lens **out, struct problem *why);
/* Those languages of a lens (or of none) that this access reads; room for locale_count + 1. */
size_t lens_languages(const struct lens *lens, const struct languages *l, const struct access *access,
                      const struct language **out);
/* Different for lenses that show different languages; 0 for none. */
uint64_t lens_hash(const struct lens *lens);

#endif
