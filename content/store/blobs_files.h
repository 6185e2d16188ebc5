#ifndef CONTENT_STORE_BLOBS_FILES_H
#define CONTENT_STORE_BLOBS_FILES_H
#include "content/bytes/blob.h"

/* Where blobs lie: files in a directory. content/bytes/blob.c knows what they are; this knows only names that have
 * been checked. Everything is opened relative to a directory that was opened before, without following links
 * (security F-2). */
struct blob_files;
NODISCARD enum err files_open(const struct blobs_config *config, struct blob_files **out, struct problem *why);
void files_close(struct blob_files *f);
void files_watch(struct blob_files *f, bool (*fails_now)(void *self, const char *call), void *self);
int files_directory(const struct blob_files *f);

/* Uploads. New files are O_EXCL and 0600 and locked; fd's are the caller's to close. */
NODISCARD enum err files_make(struct blob_files *f, str name, int *fd, struct problem *why);
NODISCARD enum err files_again(struct blob_files *f, str name, uint64_t size, int *fd, struct problem *why);
/* Throws away what lies behind; what is written next goes there. */
NODISCARD enum err files_cut(struct blob_files *f, int fd, uint64_t size, bool *was_longer, struct problem *why);
NODISCARD enum err files_write(struct blob_files *f, int fd, str bytes, struct problem *why);
NODISCARD enum err files_sync(struct blob_files *f, int fd, struct problem *why);
NODISCARD enum err files_stay(struct blob_files *f, struct problem *why); /* names of uploads survive a crash */
/* The disk may begin with these bytes; nobody waits for it. */
void files_start(int fd, uint64_t from, uint64_t length);
/* When it was last written; false: nobody knows. */
NODISCARD bool files_stamp(int fd, int64_t *written_ns);
bool files_there(struct blob_files *f, str name);
/* Somebody is at it. */
bool files_busy(struct blob_files *f, str name);
NODISCARD enum err files_forget(struct blob_files *f, str name, struct problem *why);

/* A synced upload becomes the blob of this kind and hex, in place of one that is there. */
NODISCARD enum err files_settle(struct blob_files *f, str name, str kind, str hex, struct problem *why);
NODISCARD enum err files_read(struct blob_files *f, str kind, str hex, int *fd, uint64_t *size, struct problem *why);
/* Unless it was put there at before_ms or later, or all are held. */
NODISCARD enum err files_remove(struct blob_files *f, str kind, str hex, int64_t before_ms, bool *removed, struct problem *why);
/* While somebody holds them files_remove removes nothing. */
NODISCARD enum err files_hold(struct blob_files *f, int *fd, struct problem *why);
/* To the directory quarantine, when it is still the file that fd is of. */
NODISCARD enum err files_set_aside(struct blob_files *f, str kind, str hex, int fd, bool *done, struct problem *why);
NODISCARD enum err files_each_aside(struct blob_files *f, blob_see *see, void *self, struct problem *why);
NODISCARD enum err files_forget_aside(struct blob_files *f, str name, struct problem *why);
NODISCARD enum err files_each(struct blob_files *f, str kind, unsigned two, blob_see *see, void *self, struct problem *why);
NODISCARD enum err files_each_upload(struct blob_files *f, blob_see *see, void *self, struct problem *why);
/* The system need not keep these bytes in memory on our account. */
void files_pass(int fd, uint64_t from, uint64_t length);
NODISCARD enum err files_pread(int fd, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
#endif
