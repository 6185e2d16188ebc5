/* The rules, in the order in which the reference implementation lists them; graphql.md 5 tells what they say. */
#include "graphql/validate/internal.h"

/* clang-format off */
const struct rule gql_rules[] = {
    {.name = STR("ExecutableDefinitions"),        .end = rule_executable},
    {.name = STR("KnownOperationTypes"),          .operation = rule_operation_types},
    {.name = STR("UniqueOperationNames"),         .end = rule_operation_names},
    {.name = STR("LoneAnonymousOperation"),       .operation = rule_lone_anonymous},
    {.name = STR("SingleFieldSubscriptions"),     .operation = rule_single_field},
    {.name = STR("KnownTypeNames"),               .type = rule_known_types},
    {.name = STR("FragmentsOnCompositeTypes"),    .fragment = rule_composite_fragment, .selection = rule_composite_inline},
    {.name = STR("VariablesAreInputTypes"),       .variable = rule_variables_input},
    {.name = STR("ScalarLeafs"),                  .selection = rule_scalar_leafs},
    {.name = STR("FieldsOnCorrectType"),          .selection = rule_known_fields},
    {.name = STR("UniqueFragmentNames"),          .end = rule_fragment_names},
    {.name = STR("KnownFragmentNames"),           .selection = rule_known_fragments},
    {.name = STR("NoUnusedFragments"),            .end = rule_used_fragments},
    {.name = STR("PossibleFragmentSpreads"),      .selection = rule_possible_spreads},
    {.name = STR("NoFragmentCycles"),             .end = rule_fragment_cycles},
    {.name = STR("UniqueVariableNames"),          .operation = rule_variable_names},
    {.name = STR("NoUndefinedVariables"),         .end = rule_defined_variables},
    {.name = STR("NoUnusedVariables"),            .end = rule_used_variables},
    {.name = STR("KnownDirectives"),              .directive = rule_known_directives},
    {.name = STR("UniqueDirectivesPerLocation"),  .directives = rule_unique_directives},
    {.name = STR("KnownArgumentNames"),           .arguments = rule_known_arguments},
    {.name = STR("UniqueArgumentNames"),          .arguments = rule_argument_names},
    {.name = STR("ValuesOfCorrectType"),          .value = rule_values},
    {.name = STR("ProvidedRequiredArguments"),    .arguments = rule_required_arguments},
    {.name = STR("VariablesInAllowedPosition"),   .end = rule_variable_positions},
    {.name = STR("OverlappingFieldsCanBeMerged"), .end = rule_merge},
    {.name = STR("UniqueInputFieldNames"),        .value = rule_input_field_names},
};
/* clang-format on */
const size_t gql_rule_count = COUNTOF(gql_rules);

bool gql_validate(const struct gql_schema *s, const struct gql_document *d, struct gql_errors *errors)
{
    size_t before = errors->count;
    CLEANUP(arena_closep) struct arena *a = arena_open(16u << 10);
    struct visit v = {.schema = s, .document = d, .errors = errors, .arena = a, .letters = letters_of(s)};
    visit_walk(&v);
    for (size_t i = 0; i < gql_rule_count && !visit_is_over(&v); i++)
        if (gql_rules[i].end)
            gql_rules[i].end(&v);
    if (v.is_entangled)
        gql_fail_limit(errors, S("work"), LIMIT_GRAPHQL_WORK, v.work, "The document is too entangled to be checked: its fragments and "
                       "fields refer to each other in too many ways.");
    return errors->count == before && !errors->is_full;
}
