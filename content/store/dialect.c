#include "content/store/dialect.h"

/* Functions named vitrine_… are ours, registered on each connection (sqlite_functions.c). STRICT tables
 * hold every column to its type; ANY keeps integers and reals apart. */
const struct dialect dialect_sqlite = {
    .name = "sqlite",
    .forms = {
        [FORM_HAS] = "vitrine_has($, ?)",
        [FORM_IN_LIST] = "$ IN (SELECT value FROM json_each(?))",
        [FORM_LIST_ROWS] = "SELECT value FROM json_each(?)",
        [FORM_ENDS] = "vitrine_ends($, ?)",
        [FORM_CONTAINS] = "instr($, ?) > 0",
        [FORM_REMAINDER] = "$ % ? = ?",
        [FORM_REGEX] = "vitrine_regex($, ?)",
        [FORM_TEXT] = "vitrine_text($, ?)",
        [FORM_TRANSLATION] = "vitrine_translation($, ?, ?)",
        [FORM_MATCH] = "vitrine_match($, ?)",
    },
    .function_prefix = "vitrine_",
    .types = {
        [COLUMN_NONE] = NULL,
        [COLUMN_TEXT] = "TEXT",
        [COLUMN_INTEGER] = "INTEGER",
        [COLUMN_BOOLEAN] = "INTEGER",
        [COLUMN_NUMBER] = "ANY",
        [COLUMN_TIME] = "INTEGER",
        [COLUMN_JSON] = "TEXT",
        [COLUMN_REF] = "TEXT",
    },
    .position = "INTEGER PRIMARY KEY",
    .check_boolean = "CHECK ($ IN (0, 1))",
    .table_options = " STRICT",
    .link_options = " STRICT, WITHOUT ROWID",
    .text_of_number = "CAST($ AS TEXT)",
    .text_of_boolean = "CASE $ WHEN 1 THEN 'true' WHEN 0 THEN 'false' END",
    .list_of_one = "CASE WHEN $ IS NOT NULL THEN json_array($) END",
    .list_of_document = "'[' || $ || ']'",
    .first_of_list = "$ ->> 0",
    .first_document = "$ -> 0",
    .without_translations =
        "(SELECT nullif(json_group_object(key, json(value)), '{}') FROM (SELECT key, json_remove(value, char(36) || '.\"$\"') "
        "AS value FROM json_each(\"_i18n\")) WHERE value <> '{}') WHERE \"_i18n\" IS NOT NULL",
};
