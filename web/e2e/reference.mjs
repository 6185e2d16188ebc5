// What the reference implementation says about a request, in the words of graphql_judge; and where we mean to differ.
import { getVariableValues, parse, specifiedRules, validate, visit } from 'graphql';

/** Rules of what we do not have, and a limit, which we count before. */
const notOurs = /^(DeferStream|StreamDirective|MaxIntrospection)/;
const rules = specifiedRules.filter(({ name }) => !notOurs.test(name));

/** Lines end with CR, LF or both; columns are counted in UTF-16 there and in code points here. */
function inCodePoints(text, { line, column }) {
  const lines = text.split(/\r\n|[\n\r]/);
  return `${line}:${[...lines[line - 1].slice(0, column - 1)].length + 1}`;
}

export function places(text, errors, counted) {
  return errors.map(({ locations }) => (locations ?? []).map((at) => (counted ? `${at.line}:${at.column}` : inCodePoints(text, at))).join(' ')).sort();
}

/** {stage, places, errors, variables}; stage as graphql_judge says it. */
export function judgeByReference(schema, { query, operationName, variables }) {
  const at = (stage, errors, more) => ({ stage, errors, places: places(query, errors, false), ...more });
  let document;
  try {
    document = parse(query, { allowEmptySelectionSets: false });
  } catch (error) {
    return at('syntax', [error]);
  }
  const errors = validate(schema, document, rules, { maxErrors: 1000, allowEmptySelectionSets: false });
  if (errors.length) return at('invalid', errors, { document });
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
  const operation = operationName == null ? operations.length === 1 && operations[0] : operations.find(({ name }) => name?.value === operationName);
  if (!operation) return at('operation', []);
  const { errors: wrong, variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: 1000 });
  return wrong ? at('variables', wrong, { document }) : at('fine', [], { document, variables: variableValues.coerced });
}

/** Names of the reference's rules by what it says. */
export const ruleOf = [
  [/is not executable/, 'ExecutableDefinitions'],
  [/operation is not supported/, 'KnownOperationTypes'],
  [/only one operation named/, 'UniqueOperationNames'],
  [/anonymous operation must be/, 'LoneAnonymousOperation'],
  [/must select|must not select an introspection|must not use `@skip`/, 'SingleFieldSubscriptions'],
  [/^Unknown type/, 'KnownTypeNames'],
  [/cannot condition on non composite/, 'FragmentsOnCompositeTypes'],
  [/cannot be non-input type/, 'VariablesAreInputTypes'],
  [/must not have a selection|must have a selection/, 'ScalarLeafs'],
  [/^Cannot query field/, 'FieldsOnCorrectType'],
  [/only one fragment named/, 'UniqueFragmentNames'],
  [/^Unknown fragment/, 'KnownFragmentNames'],
  [/^Fragment .* is never used/, 'NoUnusedFragments'],
  [/cannot be spread here/, 'PossibleFragmentSpreads'],
  [/within itself/, 'NoFragmentCycles'],
  [/only one variable named/, 'UniqueVariableNames'],
  [/^Variable .* is not defined/, 'NoUndefinedVariables'],
  [/^Variable .* is never used/, 'NoUnusedVariables'],
  [/^Unknown directive|may not be used on/, 'KnownDirectives'],
  [/can only be used once at this location/, 'UniqueDirectivesPerLocation'],
  [/^Unknown argument/, 'KnownArgumentNames'],
  [/only one argument named/, 'UniqueArgumentNames'],
  [/is required, but it was not provided/, 'ProvidedRequiredArguments'],
  [/used in position expecting|must be non-nullable to be used for OneOf/, 'VariablesInAllowedPosition'],
  [/conflict because/, 'OverlappingFieldsCanBeMerged'],
  [/only one input field named/, 'UniqueInputFieldNames'],
  [/^Expected value|cannot represent|^Within OneOf|^Value "|does not exist in/, 'ValuesOfCorrectType'],
];

const has = (document, kind, test) => {
  let found = false;
  if (document) visit(document, { [kind]: (node) => void (found ||= test(node)) });
  return found;
};

/** Where we differ on purpose. A document: what is compared beyond this makes no sense. */
const documentsOnPurpose = [
  ['a limit of ours', ({ ours }) => ours.stage === 'limits' || ours.errors.some(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED')],
  ['we stop after a hundred errors', ({ theirs, ours }) => ours.stage === 'invalid' && theirs.stage === 'invalid' && theirs.errors.length > 100],
  [
    'definitions of types are not looked into: they are refused as a whole',
    ({ theirs, ours }) => ours.stage === 'invalid' && theirs.stage === 'invalid' && theirs.errors.some(({ message }) => message.includes('is not executable')),
  ],
  [
    'arguments of a directive that does not exist are not judged; the reference takes them for the field’s',
    ({ theirs, ours, schema }) => ours.stage === theirs.stage && has(theirs.document, 'Directive', (node) => !schema.getDirective(node.name.value) && node.arguments?.length),
  ],
];

/** … and single errors, by who has them; undefined: either. */
const errorsOnPurpose = [
  [
    'a variable that may be null stands in a @oneOf object whose own position cannot be null: the reference overlooks it (specification 5.8.5)',
    'ours',
    ({ message }) => message.includes('may be null, which nothing in'),
  ],
  [
    'a number that no double holds is refused where it is written, not when it is answered',
    'ours',
    ({ message }, text) => message.includes(': a number is wanted') && /\d[eE]\+?\d{3}/.test(text),
  ],
  ['a scalar of the schema’s own takes only what it is; the reference does not know what that is', 'ours', ({ message }) => /^The value does not fit "(?!(Int|Float|String|Boolean|ID)")/.test(message)],
  ['a file cannot be sent as JSON', 'ours', ({ message }) => message.includes('a file comes as a part of a multipart request')],
  [
    '__typename and its like have a type, which has to agree with that of other fields of the same alias (specification 5.3.2)',
    undefined,
    ({ message }, text) => /cannot be one field|conflict because/.test(message) && /:[\s,]*__/.test(text),
  ],
  [
    'a fragment on a type without fields that contains itself is compared with itself by the reference, as if it were two',
    'theirs',
    ({ message }, _text, { errors }) => message.includes('conflict because') && /within itself/.test(errors.map((e) => e.message)) && /cannot condition on non composite/.test(errors.map((e) => e.message)),
  ],
  ['one error for a @oneOf object that is wrong in two ways', 'theirs', ({ message }) => message.includes('Within OneOf')],
];

/** Why the difference is meant; undefined: it is not. */
export function purposeOf(theirs, ours, text, schema) {
  const whole = documentsOnPurpose.find(([, test]) => test({ theirs, ours, schema }));
  if (whole) return whole[0];
  const later = ours.stage === 'invalid' && theirs.stage !== 'invalid'; // it went on, and may have found something else
  const reasons = differ(later ? { ...theirs, errors: [] } : theirs, ours).map((error) => errorsOnPurpose.find(([, who, test]) => (who ?? error.more) === error.more && test(error, text, theirs))?.[0]);
  return reasons.length && reasons.every(Boolean) ? reasons[0] : undefined;
}

/** Errors of one that the other has not at the same places. */
export function differ(theirs, ours) {
  const left = theirs.errors.map((error) => ({ more: 'theirs', message: error.message, at: places(theirs.text, [error], false)[0] }));
  const right = [];
  for (const error of ours.errors) {
    const at = places('', [error], true)[0];
    const i = left.findIndex((one) => one.at === at);
    if (i >= 0) left.splice(i, 1);
    else right.push({ more: 'ours', message: error.message, at });
  }
  return [...left, ...right];
}
