/* Points on earth. */
#include "content/filter/geo.h"
#include "content/kinds/kinds.h"

/* {"lat", "lng"} of whoever has not heard of GeoJSON, and [longitude, latitude] alone; one form is kept. A
 * PATCH of "lat" meets the coordinates that are there, so that what it names has the last word. */
static bool point_from(const struct json *in, struct geo_point *out)
{
    struct json pair = json_named(S("coordinates"), *in), bare;
    if (in->type == JSON_LIST) {
        bare = json_of_map(&pair, 1);
        return in->count == 2 && geo_point_of(&bare, out);
    }
    if (in->type != JSON_MAP || !json_get(in, S("lat")))
        return geo_point_of(in, out);
    const struct json *lng = json_get(in, S("lng"));
    struct json members[] = {json_named(S("lat"), *json_get(in, S("lat"))), json_null};
    if (!lng && !(lng = json_get(in, S("lon"))))
        return false;
    members[1] = json_named(S("lng"), *lng);
    bare = json_of_map(members, COUNTOF(members));
    return geo_point_of(&bare, out);
}

static struct json number_of(double d)
{
    bool is_whole = d > -1e6 && d < 1e6 && (double)(int64_t)d >= d && (double)(int64_t)d <= d;
    return is_whole ? json_of_int((int64_t)d) : json_of_real(d);
}

enum err check_geo(const struct check *c, const struct json *in, struct json *out)
{
    struct geo_point p;
    const struct json *type = in->type == JSON_MAP ? json_get(in, S("type")) : NULL;
    if ((type && (type->type != JSON_TEXT || !str_equal(type->text, S("Point")))) || !point_from(in, &p))
        return problem_fault(c->why, ERR_INVALID, c->path, S("type"),
                             STR_FMT " must be a point, {\"type\": \"Point\", \"coordinates\": [longitude, latitude]}",
                             STR_ARG(check_subject(c)));
    struct json *pair = NEW_N(c->arena, struct json, 2), *members = NEW_N(c->arena, struct json, 2);
    pair[0] = number_of(p.lng);
    pair[1] = number_of(p.lat);
    members[0] = json_named(S("type"), json_of_text(S("Point")));
    members[1] = json_named(S("coordinates"), json_of_list(pair, 2));
    *out = json_of_map(members, 2);
    return ERR_OK;
}
