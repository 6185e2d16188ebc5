#ifndef API_ASSETS_ASSETS_H
#define API_ASSETS_ASSETS_H
#include "api/content/content.h"
#include "roles/files/files.h"

/* What the files of the assets' API share. */
handler asset_file, asset_path, asset_image, asset_preset, asset_presets; /* files.c, images.c */
handler asset_link, asset_usage;                                         /* usage.c */
handler upload_begin, upload_look, upload_append, upload_end;            /* uploads.c */
extern const char *const asset_file_names[], *const asset_image_names[], *const asset_preset_names[];

/* An item as Cockpit's clients know it. */
void asset_write(struct json_writer *w, const struct json *item);
/* What was just written, as its author sees it; {"_id"} alone when he may not read it. */
NODISCARD enum err asset_write_new(struct exchange *x, struct api *api, str id, struct json_writer *w, struct problem *why);

/* Bytes from anywhere as an answer: ETag, Range, If-Range, HEAD (RFC 9110 13 and 14). */
struct sending {
    enum err (*read)(void *self, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
    void *self;
    uint64_t size;
    str tag;                          /* without quotes */
    str mime;
    str disposition;
    str cache;                        /* Cache-Control */
    int64_t modified_s;               /* 0: not said */
    bool is_anybodys;                 /* pages of other sites may show it */
};
NODISCARD enum err asset_send(struct exchange *x, const struct sending *s, struct problem *why);
/* How long a URL's answer may be kept. `v` in it names the bytes: it never changes then. */
str asset_cache(const struct exchange *x, const struct file *f, str v);
str asset_tag_of_url(const struct file *f); /* what `v` is best set to */
/* The file itself; download: as an attachment whatever it is. */
NODISCARD enum err asset_send_file(struct exchange *x, struct file *f, bool download, str v, struct problem *why);
/* A body that is bytes and nothing else. */
struct body_source {
    struct byte_source source;        /* first */
    struct exchange *x;
};
void body_source_init(struct body_source *s, struct exchange *x);
#endif
