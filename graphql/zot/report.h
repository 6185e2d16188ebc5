#ifndef GRAPHQL_ZOT_REPORT_H
#define GRAPHQL_ZOT_REPORT_H
#include "base/json.h"
#include "base/map.h"

/* What scanners say of an image, as they write it down: Trivy's JSON, Grype's JSON, SARIF 2.1.0 (OASIS), CycloneDX with
 * vulnerabilities (ECMA-424, also as VEX). Whose bytes these are is not known: everything is bounded, nothing is believed of texts
 * but that they are UTF-8, and whatever cannot be understood is passed over. Pure. */
#define REPORT_VALUES      500000u    /* JSON values of one report */
#define REPORT_ID_BYTES    128u       /* longer ones are nobody's */
#define REPORT_WORD_BYTES  512u       /* names, versions, paths, addresses and titles are cut there */
#define REPORT_PROSE_BYTES 4096u      /* and descriptions there */
#define CVES_FINDINGS      50000u     /* of one image */

enum severity { SEVERITY_UNKNOWN, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_COUNT };
str severity_name(enum severity s);   /* "UNKNOWN" … "CRITICAL" */

struct cve_package {
    str name, path, installed, fixed; /* "" when nobody says */
    struct cve_package *next;
};
struct cve {
    str id, title, description, reference;
    enum severity severity;
    struct cve_package *packages;     /* as they came */
    struct cve_package **end;
    size_t package_count;
};
/* Of one image, from several reports: by id, once each; the graver severity counts, of the texts the first that is there. */
struct cves {
    struct arena *arena;              /* texts are copied here */
    struct map *by_id;                /* struct cve */
    struct map *packages;             /* hashes of those that are there */
    size_t finding_count;
    bool is_full;                     /* CVES_FINDINGS were not enough: this is not all */
};
void cves_init(struct cves *s, struct arena *a);
bool cves_next(const struct cves *s, size_t *cursor, const struct cve **out);

enum report_kind { REPORT_TRIVY, REPORT_GRYPE, REPORT_SARIF, REPORT_CYCLONEDX, REPORT_KIND_COUNT };
struct report {
    enum report_kind kind;
    str tool;                         /* in lower case: a tool has one report, its newest */
    const struct json *root;
};
/* By its members. False: it is none (a list of parts without vulnerabilities is none, too), or too large. The tree lies in the
 * arena and in the bytes. */
bool report_read(struct arena *a, str bytes, struct report *out);
void report_add(const struct report *r, struct cves *into);

/* Does a media type or artifact type say that this is a report? */
bool report_type(str type);

/* ---- for report_*.c ---- */
struct finding {
    str id, title, description, reference;
    enum severity severity;
    struct cve_package package;       /* name {0}: of no package */
};
void cves_add(struct cves *s, const struct finding *f);
str json_word(const struct json *v, str name);           /* a text, "" */
const struct json *json_items(const struct json *v, str name); /* a list, an empty one */
const struct json *json_first(const struct json *list);  /* NULL */
enum severity severity_of(str word);  /* "High", "moderate" … */
enum severity severity_of_score(const struct json *score); /* CVSS, as a number or a text */
void trivy_add(const struct json *root, struct cves *into);
void grype_add(const struct json *root, struct cves *into);
void sarif_add(const struct json *root, struct cves *into);
void cyclonedx_add(const struct json *root, struct cves *into);
#endif
