// Values by chance, the same here and in tests/judge/chance.c: what stands at a place in the answer hangs on the seed and the
// place's path, and on nothing that was done before. The path begins with the root field's own name, for the server
// computes the same field under two names once.
import { GraphQLEnumType, executeSync, getNullableType, isAbstractType, isCompositeType, isListType, isObjectType, parse } from 'graphql';

const scalars = ['Int', 'Float', 'String', 'Boolean', 'ID'];

function chanceAt(path, seed) {
  let sum = 2166136261;
  for (const byte of Buffer.from([seed, ...path].join('/'))) sum = Math.imul(sum ^ byte, 16777619) >>> 0;
  sum = (sum ^ (sum >>> 15)) >>> 0;
  return (Math.imul(sum, 0x2c1b3c6d) ^ (sum >>> 12)) >>> 0;
}

function rightLeaf(type, n) {
  if (type instanceof GraphQLEnumType) return type.getValues()[n % type.getValues().length].name;
  if (type.name === 'Int') return n % 1000;
  if (type.name === 'Float') return (n % 1000) / 4;
  if (type.name === 'Boolean') return n % 2 === 1;
  return `s${n % 100}`;
}

function valueAt(schema, type, path, seed) {
  const bare = getNullableType(type);
  const chance = chanceAt(path, seed);
  const way = chance % 16;
  const n = chance >>> 8;
  if (way === 0 || (way === 2 && isCompositeType(bare))) return null;
  if (isListType(bare)) return way === 2 ? 5 : Array.from({ length: n % 4 }, (_, i) => valueAt(schema, bare.ofType, [...path, i], seed));
  if (isAbstractType(bare)) {
    const names = schema.getPossibleTypes(bare).map(({ name }) => name).sort();
    return { __typename: names[n % names.length], root: path[0] };
  }
  if (isCompositeType(bare)) return { root: path[0] };
  if (way === 2 && (bare instanceof GraphQLEnumType || scalars.includes(bare.name))) return ['String', 'ID'].includes(bare.name) ? [] : 'wrong';
  return rightLeaf(bare, n);
}

function pathOf(path) {
  const keys = [];
  for (let at = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

/** Hangs chance on every field; the context of an execution is its seed. */
export function bindChance(schema) {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields()))
      field.resolve = (source, args, seed, { path, returnType, fieldName }) => {
        const keys = [source.root ?? fieldName, ...pathOf(path).slice(1)];
        if (chanceAt(keys, seed) % 16 === 1) throw new Error('By chance');
        return valueAt(schema, returnType, keys, seed);
      };
  }
  return schema;
}

export function runByChance(schema, { query, variables, operationName }, seed) {
  return executeSync({ schema, document: parse(query), variableValues: variables, operationName, contextValue: seed, rootValue: {} });
}
