#ifndef SERVER_TRANSFER_EXPORT_LAYOUT_H
#define SERVER_TRANSFER_EXPORT_LAYOUT_H
#include "server/command.h"

/* Repositories as OCI image layouts, one each in DIRECTORY/NAME, which is what skopeo (oci:DIRECTORY/NAME:TAG) and zot read, and
 * import --from oci-layout takes. index.json is written last and renamed: a layout is whole or as it was. What a file has already is
 * not written again. links: bytes are not copied, the files are the store's own (and must not be changed).
 * names: none means all. ERR_NOT_FOUND: there is no such repository. */
struct layout_wish {
    str directory;
    const str *names;
    size_t name_count;
    bool links;
};
struct layout_figures {
    uint64_t repositories, manifests, tags, written;
};
NODISCARD enum err export_layouts(struct app *app, const struct principal *who, const struct layout_wish *wish, struct layout_figures *out,
                                  struct problem *why);
#endif
