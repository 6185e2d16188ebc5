/* Is this the master key that the database was made with? With another one everybody would be locked out,
 * and new secrets would lie beside old ones that it cannot open. So a digest that only the right key gives is
 * kept as a note from the first start on. */
#include "content/internal.h"

enum err key_check(struct content *c, struct txn *t, bool *noted, struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    str found;
    crypt_digest(c->crypt, CRYPT_KEY_DIGEST, S("the key of this database"), digest);
    str own = base64url_encode(why->arena, (str){(const char *)digest, sizeof digest});
    TRY(note_read(c, t, why->arena, S("master-key"), &found, why));
    if (str_equal(found, own))
        return ERR_OK;
    if (!str_is_absent(found))
        return problem_set(why, ERR_INVALID, "The master key is not the one that this database was made with");
    if (c->read_only)
        return ERR_OK;
    *noted = true;
    return note_write(c, t, S("master-key"), own, why);
}
