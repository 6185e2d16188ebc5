#ifndef BASE_CRYPT_FILE_H
#define BASE_CRYPT_FILE_H
#include <stdio.h>

#include "base/crypt.h"
#include "base/tar.h"

/* Files that only one key opens (security C-4): XChaCha20-Poly1305 as libsodium's secretstream, 64 KiB a piece, the last one
 * marked. The key is made of a passphrase (Argon2id, its costs in the file) or is random and sealed for a public key
 * (X25519), so that a server can write what it cannot read. In front, in clear:
 *
 *   "vitrine sealed 1\n"  kind 'p' or 'k'
 *   p: costs (passes u32, KiB u32, big-endian), salt (16)          k: public key (32), sealed key (80)
 *   header of the stream (24)
 *
 * All of that is authenticated with the first piece. Altered, cut off or lengthened anywhere: refused. */
struct file_lock {                    /* exactly one of them */
    str passphrase;
    str public_key;                   /* "vpk1" and base64url, for writing */
    str secret_key;                   /* "vsk1" and base64url, for reading */
};
#define FILE_SEALED_MARK "vitrine sealed 1\n"
#define FILE_KEY_TEXT_BYTES 64u
bool file_public_key_valid(str text);
void file_keys_make(struct arena *a, str *public_key, str *secret_key);

/* What is written to *out goes to `to` sealed. fclose(*out) writes the last piece and leaves `to` open; what could not be
 * written is told by it, by fwrite and fflush. */
NODISCARD enum err file_seal(FILE *to, const struct file_lock *lock, FILE **out, struct problem *why);

/* What is read of `from`, in clear. ERR_FORBIDDEN: another key or passphrase. ERR_BAD_INPUT, also while it is read: no such
 * file, damaged or cut off. No byte is handed out that was not authenticated; that all are there is known at the end only. */
struct file_unsealed;
NODISCARD enum err file_unseal(FILE *from, const struct file_lock *lock, struct file_unsealed **out, struct problem *why);
struct tar_source *file_unsealed_source(struct file_unsealed *u);
void file_unsealed_close(struct file_unsealed *u); /* NULL is fine; leaves `from` open */
bool file_is_sealed(FILE *from, char *kind); /* by its first bytes, and goes back to the first; kind: as above */
#endif
