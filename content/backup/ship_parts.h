#ifndef CONTENT_BACKUP_SHIP_PARTS_H
#define CONTENT_BACKUP_SHIP_PARTS_H
#include "content/backup/ship.h"
#include "content/internal.h"

/* What the files content/backup/ship*.c share; nobody else includes this. */
struct ship_state {
    char strand[SEGMENT_STRAND_BYTES + 1]; /* "": none */
    uint64_t number;                  /* of the last segment; 0: none yet */
    uint8_t mac[DIGEST_BYTES];
    struct log_place place;           /* behind it */
    uint64_t seq, files_to;           /* the journal had come so far; files of entries up to here were named */
    int64_t at_ms;
    char key[FILE_KEY_TEXT_BYTES + 1]; /* public; "": in clear */
    char lock[2 * DIGEST_BYTES + 1];  /* a keyed digest of the configured lock */
    char closed[160];                 /* the database's file, when it was closed behind the last segment; "": it was not */
};
struct ship {
    struct content *content;
    struct ship_config config;
    struct ship_state state;
    struct log_hold *hold;            /* NULL: no strand goes on */
    int data, folder;                 /* the data directory, SHIP_FOLDER in it */
    uint64_t begun, behind, pauses, pause_us_most;
    bool is_ours;                     /* the folder is locked: no other process ships */
    bool is_untidy;                   /* there may be files of a segment that does not count */
    bool is_whole;                    /* the last round left nothing out */
};

/* ship_state.c */
NODISCARD enum err ship_state_read(int folder, struct ship_state *out, struct problem *why);
NODISCARD enum err ship_state_write(int folder, const struct ship_state *s, struct problem *why);
/* Which file the database is, for the byte: "" while a log lies beside it, unless that is empty. */
void ship_identity(int data, bool is_closed, char out[160]);

/* ship_write.c */
NODISCARD enum err ship_strand_begin(struct ship *s, struct problem *why); /* names it, and writes its key */
void ship_lock_digest(const struct ship *s, char out[2 * DIGEST_BYTES + 1]);
/* A segment, and what it names, into the folder; the state goes on behind it. */
NODISCARD enum err ship_write(struct ship *s, struct segment *head, const struct segment_writer *w, const struct log_place *end,
                              struct problem *why);
#endif
