/* Which status says what (graphql.md 9). Two profiles: what clients and the audit suite know, and the finer codes of the
 * draft of 2026, where application/json has no say. */
#include "graphql/http/parts.h"

static const struct {
    int response, json, draft;
} statuses[OUTCOME_COUNT] = {
    [OUTCOME_DONE] = {200, 200, 200},
    [OUTCOME_PARTLY] = {200, 200, 294},
    [OUTCOME_NOT_JSON] = {400, 400, 400},
    [OUTCOME_MALFORMED] = {400, 400, 422},
    [OUTCOME_UNREADABLE] = {400, 200, 400},
    [OUTCOME_INVALID] = {400, 200, 422},
    [OUTCOME_NO_OPERATION] = {400, 200, 422},
    [OUTCOME_BAD_VARIABLES] = {400, 200, 422},
    [OUTCOME_OVER_LIMIT] = {400, 200, 422},
    [OUTCOME_BY_GET] = {405, 405, 405},
    [OUTCOME_UNKNOWN_DOCUMENT] = {404, 404, 404},
    [OUTCOME_UNKNOWN_HASH] = {404, 200, 404}, /* clients of automatic documents read the body and send the text */
    [OUTCOME_NOT_LISTED] = {403, 403, 403},
    [OUTCOME_STREAM] = {200, 200, 200},
    [OUTCOME_NO_STREAM] = {406, 406, 406},
    [OUTCOME_NOT_PROVEN] = {403, 403, 403},
    [OUTCOME_TROUBLE] = {503, 503, 503},
};

int gql_status(enum gql_outcome outcome, enum gql_media media, bool draft)
{
    bool is_json = media == MEDIA_JSON;
    if (!draft)
        return is_json ? statuses[outcome].json : statuses[outcome].response;
    return outcome == OUTCOME_PARTLY && is_json ? 200 : statuses[outcome].draft;
}

enum gql_media gql_status_media(int status, enum gql_media media, bool draft)
{
    return draft && (status < 200 || status > 299) ? MEDIA_GRAPHQL : media;
}
