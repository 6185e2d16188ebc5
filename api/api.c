#include "api/api.h"

size_t api_routes(struct api *api, struct route_set *out, size_t room)
{
    const struct route_set sets[] = {
        {content_routes, content_route_count, api}, {model_routes, model_route_count, api},
        {page_routes, page_route_count, api},       {auth_routes, auth_route_count, api},
        {system_routes, system_route_count, api},
    };
    must(COUNTOF(sets) <= room);
    memcpy(out, sets, sizeof sets);
    return COUNTOF(sets);
}
