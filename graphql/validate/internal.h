#ifndef GRAPHQL_VALIDATE_INTERNAL_H
#define GRAPHQL_VALIDATE_INTERNAL_H
#include "base/limits.h"
#include "graphql/validate/validate.h"

/* Private to graphql/validate/: one visit of one document. walk.c goes over the document once, with the types of where it
 * stands, and calls the rules of rules.c at each place; what rules need that look at several places (uses of variables,
 * spreads, the type around each selection) it leaves behind for those that come at the end. */

/* Arguments that are given to a field or a directive, and those that there are. */
struct asked {
    const struct gql_field *field;    /* one of the two, or neither: unknown, only names can be looked at */
    const struct gql_directive_type *directive;
    const struct gql_type *of;        /* whose field it is */
    const struct gql_input *inputs;
    uint32_t input_count;
    const struct gql_argument *given;
    uint32_t given_count;
    uint32_t at;
};

struct use {                          /* of a variable */
    const struct gql_value *value;
    const struct gql_type *type;      /* what is expected there; NULL: unknown */
    const struct gql_type *one_of;    /* it is a field of this @oneOf type */
    bool has_default;                 /* the argument or field has */
};
struct site {                         /* a definition: what was seen in it */
    struct use *uses;
    size_t use_count, use_room;
    const struct gql_selection **spreads;
    size_t spread_count, spread_room;
};
struct reach {                        /* the fragments that an operation needs, directly or through others */
    const struct gql_fragment **items;
    size_t count;
};

struct visit {
    const struct gql_schema *schema;
    const struct gql_document *document;
    struct gql_errors *errors;
    struct arena *arena;              /* ends with the visit */
    struct map *fragments;            /* by name; of several, the last */

    /* Where the walk stands: */
    struct site *site;
    const struct gql_type *type;      /* a field's, or what a fragment is on; NULL: unknown */
    const struct gql_type *parent;    /* whose fields are selected: composite, or NULL */
    const struct gql_field *field;    /* NULL: unknown, or no field */
    str location;                     /* of directives: "FIELD", … */

    /* What it leaves behind: */
    struct site *operations, *fragment_sites; /* by their number in the document */
    const struct gql_type **parents;  /* by number of the selection */
    const struct gql_field **fields;
    struct root_set {                 /* sets that are not an inline fragment's, as they were met */
        const struct gql_selections *set;
        const struct gql_type *parent;
    } *sets;
    uint32_t set_count;

    struct reach *reached;            /* by number of the operation; made at the end */
    uint32_t work;                    /* steps so far of the rules that look at several places */
    bool is_entangled;                /* … were too many */
    uint32_t letters;                 /* pairs of letters that were compared for suggestions */
};

/* One row per rule. NULL: nothing to do there. */
struct rule {
    str name;                         /* the specification's (5), as graphql-js writes it */
    void (*operation)(struct visit *v, const struct gql_operation *o);
    void (*fragment)(struct visit *v, const struct gql_fragment *f);
    void (*variable)(struct visit *v, const struct gql_variable *d);
    void (*type)(struct visit *v, str name, uint32_t at);          /* a type's name, wherever one stands */
    void (*selection)(struct visit *v, const struct gql_selection *s);
    void (*directives)(struct visit *v, const struct gql_directive *all, uint32_t count);
    void (*directive)(struct visit *v, const struct gql_directive *d, const struct gql_directive_type *known);
    void (*arguments)(struct visit *v, const struct asked *a);
    void (*value)(struct visit *v, const struct gql_value *value, const struct gql_type *type); /* NULL: unknown */
    void (*end)(struct visit *v);     /* after the walk */
};
extern const struct rule gql_rules[];
extern const size_t gql_rule_count;

void visit_walk(struct visit *v);

/* Spends steps of LIMIT_GRAPHQL_WORK; false: there are none left, and the rule gives up. */
bool visit_spend(struct visit *v, size_t steps);
/* No more errors are wanted. */
static inline bool visit_is_over(const struct visit *v)
{
    return v->errors->is_full || v->is_entangled;
}
/* An error, and then its places. */
#define refuse(v, ...) gql_fail((v)->errors, GQL_INVALID, __VA_ARGS__)
void refuse_at(struct visit *v, struct gql_error *e, uint32_t at);

const struct gql_fragment *visit_fragment(const struct visit *v, str name);
/* Fragments that the operation needs; each once. */
const struct reach *visit_reach(struct visit *v, uint32_t operation);
/* For sentences. */
str visit_type(struct visit *v, const struct gql_type *t);
str visit_value(struct visit *v, const struct gql_value *value);
/* " of operation "A"", or nothing. */
str visit_whose(struct visit *v, const struct gql_operation *o);

/* Where counting begins: a schema that hides itself proposes nothing (security G-5). */
static inline uint32_t letters_of(const struct gql_schema *s)
{
    return s->hides_itself ? UINT32_MAX : 0;
}
/* " Did you mean "a", "b" or "c"?" of names that differ little, or nothing (suggest.c). Every name of a schema may be
 * looked at for each of LIMIT_GRAPHQL_ERRORS errors, so letters are counted; when there were too many, there are no more
 * suggestions. */
enum { SUGGESTIONS = 5 };
struct suggestion {
    str name;
    unsigned distance;
};
struct suggestions {
    str wrong;
    uint32_t *letters;                /* counts, for all suggestions of a document */
    unsigned most;                    /* so far away is still near */
    struct suggestion items[SUGGESTIONS];
    unsigned count;
};
struct suggestions suggest(str wrong, uint32_t *letters);
void suggest_name(struct suggestions *s, str name);
str suggestions_text(struct arena *a, const struct suggestions *s);

/* The rules, by subject. */
void rule_executable(struct visit *v);                                       /* operations.c */
void rule_operation_types(struct visit *v, const struct gql_operation *o);
void rule_operation_names(struct visit *v);
void rule_lone_anonymous(struct visit *v, const struct gql_operation *o);
void rule_single_field(struct visit *v, const struct gql_operation *o);      /* subscriptions.c */
void rule_known_types(struct visit *v, str name, uint32_t at);               /* types.c */
void rule_composite_fragment(struct visit *v, const struct gql_fragment *f);
void rule_composite_inline(struct visit *v, const struct gql_selection *s);
void rule_variables_input(struct visit *v, const struct gql_variable *d);
void rule_scalar_leafs(struct visit *v, const struct gql_selection *s);      /* fields.c */
void rule_known_fields(struct visit *v, const struct gql_selection *s);
void rule_fragment_names(struct visit *v);                                   /* fragments.c */
void rule_known_fragments(struct visit *v, const struct gql_selection *s);
void rule_used_fragments(struct visit *v);
void rule_possible_spreads(struct visit *v, const struct gql_selection *s);
void rule_fragment_cycles(struct visit *v);
void rule_variable_names(struct visit *v, const struct gql_operation *o);    /* variables.c */
void rule_defined_variables(struct visit *v);
void rule_used_variables(struct visit *v);
void rule_variable_positions(struct visit *v);
void rule_known_directives(struct visit *v, const struct gql_directive *d, const struct gql_directive_type *known); /* directives.c */
void rule_unique_directives(struct visit *v, const struct gql_directive *all, uint32_t count);
void rule_known_arguments(struct visit *v, const struct asked *a);           /* arguments.c */
void rule_argument_names(struct visit *v, const struct asked *a);
void rule_required_arguments(struct visit *v, const struct asked *a);
void rule_values(struct visit *v, const struct gql_value *value, const struct gql_type *type); /* values.c */
void rule_input_field_names(struct visit *v, const struct gql_value *value, const struct gql_type *type);
void rule_merge(struct visit *v);                                            /* merge.c */

/* Why fields cannot be merged, pair by pair (merge_pairs.c); merge.c calls it once it knows that some cannot. False: nothing
 * was said before the work was used up. */
bool gql_explain_conflicts(struct visit *v);
/* Do the values stay under LIMIT_GRAPHQL_VARIABLES_BYTES when each is counted wherever its variable is used, and under
 * LIMIT_JSON_DEPTH with the literals around them (weight.c)? */
bool gql_within_weight(const struct gql_document *d, const struct gql_operation *o, const struct json *variables, struct gql_errors *errors);
/* Are the arguments the same? Spends. */
bool gql_same_arguments(struct visit *v, const struct gql_selection *a, const struct gql_selection *b);
/* May two fields stand at one place of the answer, whatever object it is? NULL (a field that is not known) may always. */
bool gql_same_shape(const struct gql_type *a, const struct gql_type *b);

#endif
