#ifndef CONTENT_STORE_BLOBS_FILES_H
#define CONTENT_STORE_BLOBS_FILES_H
#include "content/blob.h"

/* Where blobs lie: files in a directory. content/blob.c knows what they are; this knows only names that have
 * been checked. Everything is opened relative to a directory that was opened before, without following links
 * (security F-2). */
struct blob_files;
NODISCARD enum err files_open(const struct blobs_config *config, struct blob_files **out, struct problem *why);
void files_close(struct blob_files *f);
int files_directory(const struct blob_files *f);

/* Uploads. New files are O_EXCL and 0600 and locked; fd's are the caller's to close. */
NODISCARD enum err files_make(struct blob_files *f, str name, int *fd, struct problem *why);
NODISCARD enum err files_again(struct blob_files *f, str name, uint64_t size, int *fd, struct problem *why);
/* Throws away what lies behind; what is written next goes there. */
NODISCARD enum err files_cut(struct blob_files *f, int fd, uint64_t size, struct problem *why);
NODISCARD enum err files_write(struct blob_files *f, int fd, str bytes, struct problem *why);
NODISCARD enum err files_sync(struct blob_files *f, int fd, struct problem *why);
NODISCARD enum err files_stay(struct blob_files *f, int fd, struct problem *why); /* its name, too, survives a crash */
NODISCARD enum err files_forget(struct blob_files *f, str name, struct problem *why);

/* A synced upload becomes the blob of this kind and hex; when there is one already, its time is renewed. */
NODISCARD enum err files_settle(struct blob_files *f, str name, str kind, str hex, struct problem *why);
NODISCARD enum err files_read(struct blob_files *f, str kind, str hex, int *fd, uint64_t *size, struct problem *why);
NODISCARD enum err files_remove(struct blob_files *f, str kind, str hex, struct problem *why);
NODISCARD enum err files_each(struct blob_files *f, str kind, blob_see *see, void *self, struct problem *why);
NODISCARD enum err files_each_upload(struct blob_files *f, blob_see *see, void *self, struct problem *why);
NODISCARD enum err files_pread(int fd, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
#endif
