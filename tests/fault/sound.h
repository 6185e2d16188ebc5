#ifndef TESTS_FAULT_SOUND_H
#define TESTS_FAULT_SOUND_H
#include "content/bytes/bytes.h"
#include "content/content.h"
#include "roles/files/files.h"
#include "roles/gate.h"
#include "tests/support/check.h"

/* What is looked at after each call that failed. */
static inline uint64_t last_entry(struct content *c, struct problem *why)
{
    struct epochs unused;
    CHECK_PROBLEM(content_catch_up(c, &unused, why), ERR_OK, why);
    return journal_last(c);
}

/* Database, journal and its chain, and the files that belong to it; each fault that was found is a failed check. */
static inline void check_house(struct gate *g, struct arena *a)
{
    struct journal_proof proof;
    struct sweep_figures files;
    struct problem why = {.arena = a};
    CHECK_PROBLEM(gate_check(g, NULL, &proof, &why), ERR_OK, &why);
    CHECK_INT(proof.entries, proof.last);
    CHECK_PROBLEM(gate_check_files(g, false, NULL, &files, &why), ERR_OK, &why);
    for (size_t i = 0; i < why.fault_count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(why.faults[i].text));
}
#endif
