#ifndef SERVER_TRANSFER_IMPORT_COCKPIT_H
#define SERVER_TRANSFER_IMPORT_COCKPIT_H
#include "base/map.h"
#include "content/foreign.h"
#include "server/transfer/import_name.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/transfer.h"

/* A folder of Cockpit 2 (SQLite storage):
 *
 *   storage/content/NAME.model.php        models, or documents in content.sqlite, table models
 *   storage/data/content.sqlite           collections_NAME (lists and trees), singletons
 *   storage/data/system.sqlite            users, roles, api_keys, locales
 *   storage/data/app.sqlite               assets: what is known of the files in storage/uploads
 *   storage/data/assets.sqlite            folders
 *
 * Every table has (id, document); documents are JSON. All of it is read once before anything is written, so that
 * what cannot be read changes nothing; what items lack is learned on the way. */
struct cockpit_field {
    str name, own;                    /* theirs, ours */
    enum cockpit_as { AS_IT_IS, AS_NUMBER, AS_CHOICE, AS_WORDS, AS_LINK, AS_ASSET, AS_SET } as;
    bool many, localized, required, unique;
    const struct cockpit_model *to;   /* AS_LINK */
    struct cockpit_field *members;    /* AS_SET */
    size_t member_count;
    uint64_t empty;                   /* items without it */
};

struct cockpit_model {
    str name, own;
    const struct json *given;         /* as Cockpit has it */
    bool is_single, is_tree;
    struct cockpit_field *fields;
    size_t field_count;
};

struct cockpit_language {
    str suffix, code;                 /* title_en_US, en-US */
    bool is_new;
    const struct json *given;
};

#define COCKPIT_LANGUAGES 100u

struct cockpit {
    struct transfer *to;
    struct arena *arena;
    struct problem *why;
    str storage;
    struct import_names names;        /* of collections */
    struct foreign *content;
    struct foreign *system, *files, *folders;   /* NULL: there is none */
    struct cockpit_model *models;
    size_t model_count;
    struct map *ids;                  /* "model/id" of every item that there is, "assets/id" of every file */
    struct cockpit_language languages[COCKPIT_LANGUAGES];
    size_t language_count;
    str standard;                     /* code of what they call default; {0}: there are no languages */
    struct map *roles;                /* name -> str *, the id here */
    uint64_t dangling, lost_files;
};

/* Documents of a table, none when there is no such table. Each lives in `into` (emptied by whoever owns it) or, when
 * that is NULL, until the next one. */
struct cockpit_sink {
    enum err (*document)(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why);
};
NODISCARD enum err cockpit_documents(struct cockpit *c, struct foreign *from, str table, struct cockpit_sink *sink,
                                     struct arena *(*into)(struct transfer *t));

/* import_cockpit_model.c */
NODISCARD enum err cockpit_read_models(struct cockpit *c);
NODISCARD enum err cockpit_compile(struct cockpit *c);             /* fields and links of all models */
NODISCARD enum err cockpit_define(struct cockpit *c);              /* after the items were looked at */
const struct cockpit_model *cockpit_model_named(const struct cockpit *c, str name);
/* import_cockpit_items.c */
NODISCARD enum err cockpit_look_at_items(struct cockpit *c);
NODISCARD enum err cockpit_take_items(struct cockpit *c);
/* import_cockpit_assets.c */
NODISCARD enum err cockpit_look_at_assets(struct cockpit *c);
NODISCARD enum err cockpit_take_assets(struct cockpit *c);
/* import_cockpit_people.c */
NODISCARD enum err cockpit_look_at_people(struct cockpit *c);
NODISCARD enum err cockpit_take_languages(struct cockpit *c);
NODISCARD enum err cockpit_take_people(struct cockpit *c);         /* roles, users */
NODISCARD enum err cockpit_take_keys(struct cockpit *c);           /* … and the public's role */
#endif
