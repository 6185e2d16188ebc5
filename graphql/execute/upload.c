/* Files that come with a request (graphql.md 13): the scalar Upload, and their bytes. */
#include "graphql/execute/execute.h"

#include "roles/files/files.h"

/* Variables of this type are parts of a multipart request; there is no way to write one down. */
static bool take_upload(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    (void)a;
    if (literal != NULL || in->type != JSON_BYTES) {
        *why = S("a file comes as a part of a multipart request");
        return false;
    }
    *out = *in;
    out->name = (str){0};
    return true;
}

const struct gql_scalar gql_file = {.take = take_upload};

enum err gql_receive_file(struct gql_execution *x, const struct json *file, str where, bool replaces, struct received *out,
                          struct problem *why)
{
    if (file == NULL || file->type != JSON_BYTES)
        return problem_fault(why, ERR_BAD_INPUT, where, S("required"), "Send the file with the request, as multipart/form-data");
    struct gql_upload *upload = (struct gql_upload *)(void *)file->bytes;
    if (upload->taken)
        return problem_fault(why, ERR_BAD_INPUT, where, S("twice"), "A file is for one upload");
    upload->taken = true;
    return gate_receive(x->gate, x->who, replaces, &upload->source, upload->name.at ? upload->name : S(""), x->arena, out, why);
}
