#ifndef SERVER_TRANSFER_EVERYBODYS_ROLE_H
#define SERVER_TRANSFER_EVERYBODYS_ROLE_H
#include "server/transfer/transfer.h"

/* A role that `settings` name for many: "public_role", "signed_in_role". What else is set there stays. replaces: instead of another
 * one; else that stays, and *stays says so. One that may not be theirs is told, which is no error. */
NODISCARD enum err everybodys_role(struct transfer *t, str field, str role_id, bool replaces, bool *stays, struct problem *why);
#endif
