#include "content/filter/geo.h"

#include "base/limits.h"

#include <math.h>

#define EARTH_M 6371008.8
#define RADIANS (3.14159265358979323846 / 180)

static bool number_of(const struct json *v, double *out)
{
    if (!v || (v->type != JSON_INT && v->type != JSON_REAL))
        return false;
    *out = v->type == JSON_INT ? (double)v->integer : v->real;
    return true;
}

static bool is_on_earth(const struct geo_point *p)
{
    return p->lng >= -180 && p->lng <= 180 && p->lat >= -90 && p->lat <= 90;
}

/* [longitude, latitude] */
static bool pair_of(const struct json *v, struct geo_point *out)
{
    return v && v->type == JSON_LIST && v->count >= 2 && number_of(&v->items[0], &out->lng) &&
           number_of(&v->items[1], &out->lat) && is_on_earth(out);
}

bool geo_point_of(const struct json *v, struct geo_point *out)
{
    if (v->type != JSON_MAP)
        return false;
    const struct json *pair = json_get(v, S("coordinates"));
    if (pair)
        return pair_of(pair, out);
    const struct json *lng = json_get(v, S("lng"));
    return number_of(json_get(v, S("lat")), &out->lat) && number_of(lng ? lng : json_get(v, S("lon")), &out->lng) &&
           is_on_earth(out);
}

double geo_distance(const struct geo_point *a, const struct geo_point *b)
{
    double lat = (b->lat - a->lat) * RADIANS, lng = (b->lng - a->lng) * RADIANS;
    double s = sin(lat / 2), t = sin(lng / 2);
    double h = s * s + cos(a->lat * RADIANS) * cos(b->lat * RADIANS) * t * t;
    return 2 * EARTH_M * asin(h < 1 ? sqrt(h) : 1);
}

/* The box that holds every point at most `most` metres from the centre. */
static void set_circle(struct geo_area *area, struct geo_point centre, double least, double most)
{
    *area = (struct geo_area){.shape = GEO_CIRCLE, .centre = centre, .least = least, .most = most};
    double around = most / EARTH_M / RADIANS * (1 + 1e-9), lat = fabs(centre.lat) + around;
    area->low.lat = centre.lat - around;
    area->high.lat = centre.lat + around;
    area->wraps = !(lat < 89.9);
    if (area->wraps)
        return;
    double ratio = sin(around * RADIANS) / cos(centre.lat * RADIANS);
    double wide = ratio < 1 ? asin(ratio) / RADIANS + 1e-9 : 180;
    area->low.lng = centre.lng - wide;
    area->high.lng = centre.lng + wide;
    area->wraps = area->low.lng < -180 || area->high.lng > 180;
}

/* Even-odd; points on an edge count as inside of outlines and holes alike. */
static bool is_on_edge(const struct geo_point *a, const struct geo_point *b, const struct geo_point *p)
{
    double cross = (b->lng - a->lng) * (p->lat - a->lat) - (b->lat - a->lat) * (p->lng - a->lng);
    return fabs(cross) < 1e-12 && p->lng >= fmin(a->lng, b->lng) && p->lng <= fmax(a->lng, b->lng) &&
           p->lat >= fmin(a->lat, b->lat) && p->lat <= fmax(a->lat, b->lat);
}

static bool is_inside(const struct geo_ring *ring, const struct geo_point *p, bool *on_edge)
{
    bool inside = false;
    *on_edge = false;
    for (size_t i = 0, k = ring->count - 1; i < ring->count; k = i++) {
        const struct geo_point *a = &ring->points[i], *b = &ring->points[k];
        if (is_on_edge(a, b, p)) {
            *on_edge = true;
            return true;
        }
        if ((a->lat > p->lat) != (b->lat > p->lat) &&
            p->lng < (b->lng - a->lng) * (p->lat - a->lat) / (b->lat - a->lat) + a->lng)
            inside = !inside;
    }
    return inside;
}

static bool is_in_polygon(const struct geo_area *area, const struct geo_point *p)
{
    bool on_edge;
    if (!is_inside(&area->rings[0], p, &on_edge))
        return false;
    for (size_t i = 1; i < area->ring_count; i++)
        if (is_inside(&area->rings[i], p, &on_edge) && !on_edge)
            return false;
    return true;
}

bool geo_holds(const struct geo_area *area, const struct geo_point *p)
{
    if (p->lat < area->low.lat || p->lat > area->high.lat)
        return false;
    if (!area->wraps && (p->lng < area->low.lng || p->lng > area->high.lng))
        return false;
    switch (area->shape) {
    case GEO_BOX:
    case GEO_POINT:
        return true;
    case GEO_POLYGON:
        return is_in_polygon(area, p);
    case GEO_CIRCLE:
        break;
    }
    double metres = geo_distance(&area->centre, p);
    return metres >= area->least && metres <= area->most;
}

static void set_box(struct geo_area *area, enum geo_shape shape, struct geo_point low, struct geo_point high)
{
    *area = (struct geo_area){.shape = shape, .centre = low, .low = low, .high = high};
}

static bool distance_of(const struct json *in, str name, double standard, double *out)
{
    const struct json *v = json_get(in, name);
    *out = standard;
    return !v || (number_of(v, out) && *out >= 0 && isfinite(*out));
}

#define NEAR_TAKES "takes {\"$geometry\": {\"coordinates\": [longitude, latitude]}, \"$maxDistance\": metres, \"$minDistance\": metres}"

const char *geo_near_read(struct arena *a, const struct json *in, struct geo_area *out)
{
    struct geo_point centre;
    double least, most;
    (void)a;
    if (in->type != JSON_MAP)
        return NEAR_TAKES;
    const struct json *geometry = json_get(in, S("$geometry"));
    uint32_t known = 1;
    if (!geometry || !geo_point_of(geometry, &centre))
        return NEAR_TAKES;
    if (!distance_of(in, S("$minDistance"), 0, &least) || !distance_of(in, S("$maxDistance"), INFINITY, &most))
        return "takes distances in metres, from 0 on";
    known += json_get(in, S("$minDistance")) != NULL;
    known += json_get(in, S("$maxDistance")) != NULL;
    if (in->count != known)
        return NEAR_TAKES;
    set_circle(out, centre, least, most);
    return NULL;
}

static const char *read_ring(struct arena *a, const struct json *in, size_t *left, struct geo_ring *out)
{
    if (in->type != JSON_LIST || in->count < 3)
        return "takes rings of at least three [longitude, latitude]";
    if (in->count > *left)
        return "takes at most 1000 points";
    *left -= in->count;
    struct geo_point *points = NEW_N(a, struct geo_point, in->count);
    for (uint32_t i = 0; i < in->count; i++)
        if (!pair_of(&in->items[i], &points[i]))
            return "takes rings of points, each [longitude, latitude]";
    *out = (struct geo_ring){points, in->count};
    return NULL;
}

static const char *read_polygon(struct arena *a, const struct json *rings, struct geo_area *out)
{
    size_t left = LIMIT_AREA_POINTS;
    if (!rings || rings->type != JSON_LIST || rings->count == 0 || rings->count > LIMIT_AREA_POINTS)
        return "takes a polygon's coordinates as a list of rings";
    struct geo_ring *list = NEW_N(a, struct geo_ring, rings->count);
    for (uint32_t i = 0; i < rings->count; i++) {
        const char *wrong = read_ring(a, &rings->items[i], &left, &list[i]);
        if (wrong)
            return wrong;
    }
    struct geo_point low = list[0].points[0], high = low;
    for (size_t i = 1; i < list[0].count; i++) {
        const struct geo_point *p = &list[0].points[i];
        low = (struct geo_point){fmin(low.lng, p->lng), fmin(low.lat, p->lat)};
        high = (struct geo_point){fmax(high.lng, p->lng), fmax(high.lat, p->lat)};
    }
    set_box(out, GEO_POLYGON, low, high);
    out->rings = list;
    out->ring_count = rings->count;
    return NULL;
}

static bool is_of_type(const struct json *geometry, str type)
{
    const struct json *v = json_get(geometry, S("type"));
    return v && v->type == JSON_TEXT && str_equal(v->text, type);
}

static const char *read_geometry(struct arena *a, const struct json *geometry, struct geo_area *out)
{
    struct geo_point p;
    if (geometry->type == JSON_MAP && is_of_type(geometry, S("Polygon")))
        return read_polygon(a, json_get(geometry, S("coordinates")), out);
    if (geometry->type != JSON_MAP || !is_of_type(geometry, S("Point")) || !geo_point_of(geometry, &p))
        return "takes {\"$geometry\": {\"type\": \"Point\" or \"Polygon\", \"coordinates\": …}}";
    set_box(out, GEO_POINT, p, p);
    return NULL;
}

static const char *read_box(const struct json *in, struct geo_area *out)
{
    struct geo_point l, h;
    if (in->type != JSON_LIST || in->count != 2 || !pair_of(&in->items[0], &l) || !pair_of(&in->items[1], &h))
        return "takes a $box of two corners, each [longitude, latitude]";
    set_box(out, GEO_BOX, (struct geo_point){fmin(l.lng, h.lng), fmin(l.lat, h.lat)},
            (struct geo_point){fmax(l.lng, h.lng), fmax(l.lat, h.lat)});
    return NULL;
}

static const char *read_circle(const struct json *in, double metres, struct geo_area *out)
{
    struct geo_point centre;
    double radius;
    if (in->type != JSON_LIST || in->count != 2 || !pair_of(&in->items[0], &centre) ||
        !number_of(&in->items[1], &radius) || !(radius >= 0) || !isfinite(radius * metres))
        return "takes a circle as [[longitude, latitude], radius]";
    set_circle(out, centre, 0, radius * metres);
    return NULL;
}

const char *geo_within_read(struct arena *a, const struct json *in, struct geo_area *out)
{
    const struct json *m = in->type == JSON_MAP && in->count == 1 ? &in->items[0] : NULL;
    if (m && str_equal(m->name, S("$box")))
        return read_box(m, out);
    if (m && str_equal(m->name, S("$center")))
        return read_circle(m, 1, out);
    if (m && str_equal(m->name, S("$centerSphere"))) /* MongoDB's: in radians */
        return read_circle(m, EARTH_M, out);
    if (m && str_equal(m->name, S("$geometry")) && m->type == JSON_MAP && is_of_type(m, S("Polygon")))
        return read_geometry(a, m, out);
    return "takes one of $box, $center (metres), $centerSphere (radians) and $geometry (a Polygon)";
}

const char *geo_intersects_read(struct arena *a, const struct json *in, struct geo_area *out)
{
    const struct json *m = in->type == JSON_MAP && in->count == 1 ? json_get(in, S("$geometry")) : NULL;
    return m ? read_geometry(a, m, out) : "takes {\"$geometry\": {\"type\": \"Point\" or \"Polygon\", \"coordinates\": …}}";
}
