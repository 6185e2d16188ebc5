// Values for the variables of a document, as JSON: mostly fitting, some wrong.
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType, isScalarType, isSpecifiedScalarType, parse, typeFromAST } from 'graphql';

const wrong = [null, true, 0, -1, 1.5, 1.0, 2147483648, -1e10, '', 'x', '1', 'ASC', 'asc', [], {}, [[]], [null], { id: 1 }, { nope: 1 }, { name: null, id: null }];

/** A scalar of the schema's own, or a list of it: the reference takes anything for one. */
export function isOwnScalar(type) {
  const named = getNamedType(type);
  return isScalarType(named) && !isSpecifiedScalarType(named);
}

/** own(name, random): values of a scalar that is not the specification's. */
function valueOf(type, random, depth, own) {
  if (own ? !isOwnScalar(type) && random.often(0.01) : random.often(0.06)) return random.one(wrong);
  if (!isNonNullType(type) && random.often(0.1)) return null;
  const bare = getNullableType(type);
  if (isListType(bare)) {
    if (random.often(0.15)) return valueOf(bare.ofType, random, depth + 1, own);
    return Array.from({ length: random.below(depth > 3 ? 1 : 3) }, () => valueOf(bare.ofType, random, depth + 1, own));
  }
  if (isEnumType(bare)) return random.one(bare.getValues()).name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields());
    if (bare.isOneOf) {
      const field = random.one(fields);
      return { [field.name]: valueOf(field.type, random, depth + 1, own) ?? 'x' };
    }
    const out = {};
    for (const field of fields)
      if (isNonNullType(field.type) ? random.often(0.95) : depth < 4 && random.often(0.3)) out[field.name] = valueOf(field.type, random, depth + 1, own);
    if (random.often(0.03)) out[random.one(['nope', 'Name', '__proto__x'])] = 1;
    return out;
  }
  switch (bare.name) {
    case 'Int':
      return random.one([0, 1, -7, 2147483647, -2147483648]);
    case 'Float':
      return random.one([0, 1.5, -1e3, 12345678901234567890]);
    case 'Boolean':
      return random.often(0.5);
    case 'ID':
      return random.one(['a', '1', 1, 12345]);
    case 'String':
      return random.one(['', 'a', 'böse', '😀', '\u0000', 'a "b"']);
    default:
      return own ? JSON.parse(own(bare.name, random)) : random.one([1, 'a', true, { a: [1, null] }, [], 1.5]);
  }
}

/** undefined when the text is no document. */
export function valuesFor(schema, text, random, own) {
  let document;
  try {
    document = parse(text, { allowEmptySelectionSets: false });
  } catch {
    return undefined;
  }
  const values = {};
  for (const definition of document.definitions)
    for (const { variable, type } of definition.variableDefinitions ?? []) {
      const known = typeFromAST(schema, type);
      if (known && random.often(0.85)) values[variable.name.value] = valueOf(known, random, 0, own);
    }
  if (random.often(0.1)) values.notThere = 1;
  return values;
}
