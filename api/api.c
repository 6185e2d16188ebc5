#include "api/api.h"

const struct api_table *const api_tables[] = {&content_api, &model_api,  &page_api,
                                              &auth_api,    &system_api, &describe_api};
const size_t api_table_count = COUNTOF(api_tables);

size_t api_routes(struct api *api, struct route_set *out, size_t room)
{
    must(api_table_count <= room);
    for (size_t i = 0; i < api_table_count; i++)
        out[i] = (struct route_set){api_tables[i]->routes, api_tables[i]->count, api};
    return api_table_count;
}
