#ifndef CONTENT_FILTER_GEO_H
#define CONTENT_FILTER_GEO_H
#include "base/json.h"

/* Points on earth and areas: $near, $geoWithin, $geoIntersects. A point is a map with "coordinates":
 * [longitude, latitude] (GeoJSON), or with "lat" and "lng" ("lon"). Distances are metres along the great
 * circle of a sphere of 6,371,008.8 m. Polygons are flat in longitude and latitude, their rings closed or
 * not, holes allowed; one that crosses the antimeridian has to be given as two. */
struct geo_point {
    double lng, lat;
};
enum geo_shape { GEO_CIRCLE, GEO_BOX, GEO_POLYGON, GEO_POINT };
struct geo_ring {
    const struct geo_point *points;
    size_t count;
};
struct geo_area {
    enum geo_shape shape;
    struct geo_point centre;          /* CIRCLE, POINT */
    double least, most;               /* CIRCLE: metres; most may be INFINITY */
    struct geo_point low, high;       /* the box around it: what lies outside is not looked at further */
    bool wraps;                       /* … goes over the antimeridian or a pole: longitudes say nothing */
    const struct geo_ring *rings;     /* POLYGON: the first is the outline, the others are holes */
    size_t ring_count;
};

bool geo_point_of(const struct json *v, struct geo_point *out);  /* false: not a point on earth */
double geo_distance(const struct geo_point *a, const struct geo_point *b);
bool geo_holds(const struct geo_area *area, const struct geo_point *p);

/* What stands behind the operators. NULL when it can be read; else what is wrong, as the end of a sentence. */
const char *geo_near_read(struct arena *a, const struct json *in, struct geo_area *out);
const char *geo_within_read(struct arena *a, const struct json *in, struct geo_area *out);
const char *geo_intersects_read(struct arena *a, const struct json *in, struct geo_area *out);

#endif
