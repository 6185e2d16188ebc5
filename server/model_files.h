#ifndef SERVER_MODEL_FILES_H
#define SERVER_MODEL_FILES_H
#include "server/command.h"

/* A model as files: one definition (or a list of them, or {"collections":[…]}) in a file, or a directory with a file
 * NAME.json for each collection and component. What is written is the same, byte for byte, for the same model. */
struct definition_list {
    const struct json **items;
    size_t count;
};
/* A file, a directory's *.json in the order of their names, "-": standard input. */
NODISCARD enum err model_files_read(struct call *c, str path, struct definition_list *out);
/* Makes the directory if need be; a file that says the same already is left alone. Files of what the list does not have
 * are removed when asked to, else only named: *left says which. */
NODISCARD enum err model_files_write(struct call *c, str path, const struct definition_list *list, bool removes,
                                     size_t *written, struct definition_list *left);
/* One definition as a file holds it, with line ends. */
str model_file_text(struct arena *a, const struct json *definition);

#endif
