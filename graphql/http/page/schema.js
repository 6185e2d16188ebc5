// The caller's schema, as the server tells of it.

const query = `query Introspection {
  __schema {
    description
    queryType { name } mutationType { name } subscriptionType { name }
    types { ...Type }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...Input } }
  }
}
fragment Type on __Type {
  kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) {
    name description isDeprecated deprecationReason
    args(includeDeprecated: true) { ...Input }
    type { ...Ref }
  }
  inputFields(includeDeprecated: true) { ...Input }
  interfaces { ...Ref }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...Ref }
}
fragment Input on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...Ref } }
fragment Ref on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } }
}`;

/** {types: Map of name to type, roots: {query, mutation, subscription}, directives}, or a sentence when there is none. */
export async function fetchSchema(ask) {
  const { result } = await ask({ query, operationName: 'Introspection' });
  const told = result?.data?.__schema;
  if (!told) throw new Error(result?.errors?.[0]?.message ?? 'The server did not tell its schema.');
  const types = new Map(told.types.map((type) => [type.name, type]));
  const root = (ref) => (ref ? types.get(ref.name) : undefined);
  return {
    types,
    description: told.description,
    directives: told.directives,
    roots: { query: root(told.queryType), mutation: root(told.mutationType), subscription: root(told.subscriptionType) },
  };
}

/** "[Post!]!" */
export function typeName(ref) {
  if (!ref) return '';
  if (ref.kind === 'NON_NULL') return `${typeName(ref.ofType)}!`;
  if (ref.kind === 'LIST') return `[${typeName(ref.ofType)}]`;
  return ref.name;
}

/** The name inside of lists and "!". */
export function innermost(ref) {
  let at = ref;
  while (at?.ofType) at = at.ofType;
  return at?.name;
}
