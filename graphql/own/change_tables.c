/* What changes are said with: names that the schema is generated with and that the writer reads. */
#include "graphql/own/own.h"

#define OF(what) (UINT32_C(1) << (OWN_##what - OWN_CREATE))
#define OF_ONE (OF(UPDATE) | OF(DELETE) | OF(SAVE_SINGLE))
#define OF_STATE (OF(PUBLISH) | OF(UNPUBLISH) | OF(ARCHIVE) | OF(DISCARD))
#define OF_VALUES (OF(CREATE) | OF(CREATE_MANY) | OF(UPDATE) | OF(UPDATE_MANY) | OF(UPSERT) | OF(SAVE_SINGLE))
#define OF_BULK (OF(UPDATE_MANY) | OF(DELETE_MANY))

/* clang-format off */
const struct own_argument own_change_arguments[] = {
    {STR("_id"), "ID!", NULL, OF(UPDATE) | OF(DELETE) | OF_STATE, "Which item"},
    {STR("_id"), "ID", NULL, OF(ACTION), "Which item; none: what is done with no item"},
    {STR("key"), "%Key!", NULL, OF(UPSERT), "What the item is known by"},
    {STR("where"), "%Where!", NULL, OF_BULK, "Which items; {} means all"},
    {STR("orderBy"), "[%OrderBy!]", NULL, OF_BULK, "In which order they are changed"},
    {STR("data"), "%Create!", NULL, OF(CREATE), "The new item"},
    {STR("data"), "[%Create!]!", NULL, OF(CREATE_MANY), "The new items: all of them or none"},
    {STR("data"), "%Update!", NULL, OF(UPDATE) | OF(UPDATE_MANY) | OF(SAVE_SINGLE), "What is to change"},
    {STR("create"), "%Create!", NULL, OF(UPSERT), "The new item, if there is none with this key"},
    {STR("update"), "%Update!", NULL, OF(UPSERT), "What is to change of the item with this key"},
    {STR("file"), "Upload!", NULL, OF(UPLOAD), "A file that came with the request"},
    {STR("data"), "%Update", NULL, OF(UPLOAD), "What is to be said of the file"},
    {STR("replaces"), "ID", NULL, OF(UPLOAD), "The asset that gets these bytes; none: a new one"},
    {STR("input"), "JSON", NULL, OF(ACTION), "The action's input"},
    {STR("at"), "DateTime", NULL, OF(PUBLISH) | OF(UNPUBLISH) | OF(ARCHIVE), "When; null calls a plan off"},
    {STR("unpublishAt"), "DateTime", NULL, OF(PUBLISH), "When it is taken back; null calls that off"},
    {STR("replace"), "Boolean", "false", OF(UPDATE) | OF(SAVE_SINGLE), "What is not named is cleared"},
    {STR("ifRev"), "Int", NULL, OF_ONE | OF_STATE | OF(UPSERT) | OF(ACTION) | OF(UPLOAD), "The revision that it must have; -1: whichever"},
    {STR("atMost"), "Int!", "1", OF_BULK, "More than so many are refused as a whole"},
    {STR("dryRun"), "Boolean", "false", OF_BULK, "Everything is tried and nothing is kept"},
    {STR("permanent"), "Boolean", "false", OF(DELETE) | OF(DELETE_MANY), "Past the trash"},
    {STR("perspective"), "Perspective", "PUBLISHED", OF_VALUES & ~OF(UPDATE_MANY), "DRAFT: into the pending version; a new item becomes a draft"},
    {STR("locale"), "Locale", NULL, OF_VALUES, "The language of localised values"},
};
const size_t own_change_argument_count = COUNTOF(own_change_arguments);

const struct own_member own_data_members[] = {
    {STR("_id"), "ID", {0}, OWN_IN_CREATE, "24 hexadecimal digits that an importing client chooses"},
    {STR("_state"), "Int", {0}, OWN_IN_CREATE | OWN_IN_UPDATE | OWN_OF_USERS, "1 published, 0 draft, -1 archived"},
    {STR("_pid"), "ID", {0}, OWN_IN_CREATE | OWN_IN_UPDATE | OWN_OF_TREE, "The parent; null: at the top"},
    {STR("_o"), "Int", {0}, OWN_IN_CREATE | OWN_IN_UPDATE | OWN_OF_TREE, "The place among the siblings"},
    {STR("_inc"), "%NumbersEdit", STR("$inc"), OWN_IN_UPDATE | OWN_OF_NUMBERS, "Added to what is there"},
    {STR("_push"), "%ListsEdit", STR("$push"), OWN_IN_UPDATE | OWN_OF_LISTS, "Put behind what is there"},
    {STR("_addToSet"), "%ListsEdit", STR("$addToSet"), OWN_IN_UPDATE | OWN_OF_LISTS, "Put behind what is there, unless it is there"},
    {STR("_prepend"), "%ListsEdit", STR("+"), OWN_IN_UPDATE | OWN_OF_LISTS, "Put in front of what is there"},
    {STR("_pull"), "%ListsEdit", STR("$pull"), OWN_IN_UPDATE | OWN_OF_LISTS, "Taken out"},
    {STR("_translations"), "[%Translation!]", {0}, OWN_IN_CREATE | OWN_IN_UPDATE | OWN_OF_LANGUAGES, "Localised fields in other languages: {_locale: String!, …}"},
};
/* clang-format on */
const size_t own_data_member_count = COUNTOF(own_data_members);

bool own_shows_secret(const struct collection *c)
{
    return c->system && str_equal(c->name, S("api_keys"));
}
