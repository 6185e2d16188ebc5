// What a definition looks like from outside: the requests, an entry, its types. A sketch of what applying it makes; names of
// types that are there already are the server's own.
import { kindOf } from './modelkinds';
import { displayOf, fieldsOf, sortOf, type Definition, type FieldDef } from './models';
import type { Json } from './types';

/** The GraphQL type of a collection's or component's items. */
export type TypeNames = (of: Definition | string) => string;

const pascal = (name: string): string => name.replace(/(^|_)([a-zA-Z0-9])/g, (_all, _line, letter: string) => letter.toUpperCase());

const irregular: Record<string, string> = { people: 'person', children: 'child', men: 'man', women: 'woman' };

/** One of many, as the server guesses it from English words. */
export function singular(name: string): string {
  const last = name.split('_').at(-1) ?? name;
  const head = name.slice(0, name.length - last.length);
  const one =
    irregular[last] ??
    (/(ss|us|is|news|series)$/.test(last)
      ? last
      : last
          .replace(/ies$/, 'y')
          .replace(/(ch|sh|x|z|o)es$/, '$1')
          .replace(/(?<!s)s$/, ''));
  return head + one;
}

/** Names by the server's own words where it has them (`known`: collection -> type). */
export function typeNames(known: ReadonlyMap<string, string>, definitions: readonly Definition[]): TypeNames {
  return (of) => {
    const definition = typeof of === 'string' ? definitions.find((one) => one.name === of) : of;
    const name = typeof of === 'string' ? of : of.name;
    if (definition?.singular) return pascal(String(definition.singular));
    return known.get(name) ?? pascal(definition && sortOf(definition) === 'single' ? name : singular(name));
  };
}

export function graphqlType(field: FieldDef, owner: string, names: TypeNames): string {
  const many = field.many === true;
  const list = (type: string): string => (many ? `[${type}!]` : type);
  switch (field.kind) {
    case 'ref':
    case 'asset': {
      if (Array.isArray(field.to)) return list(owner + pascal(field.name));
      const target = names(field.kind === 'asset' ? 'assets' : String(field.to ?? ''));
      return many ? `[${target}!]!` : target;
    }
    case 'set':
    case 'select':
      return list(owner + pascal(field.name));
    case 'multiselect':
    case 'blocks':
      return `[${owner + pascal(field.name)}!]`;
    case 'component':
      return list(names(String(field.of ?? '')));
    case 'number':
      return list(field.integer ? 'Long' : 'Float');
    default:
      return list(kindOf(field.kind).graphql).replace('[[String!]!]', '[String!]');
  }
}

const written = (field: FieldDef): boolean => kindOf(field.kind).family !== 'secrets';

export function graphqlSketch(definition: Definition, names: TypeNames): string {
  const owner = names(definition);
  const types: string[] = [];
  const describe = (name: string, fields: readonly FieldDef[], head: string[]): void => {
    types.push(`type ${name} {\n${[...head, ...fields.filter(written).map((field) => `  ${field.name}: ${graphqlType(field, name, names)}`)].join('\n')}\n}`);
    for (const field of fields) if (field.kind === 'set') describe(name + pascal(field.name), fieldsOf(field), []);
  };
  describe(owner, fieldsOf(definition), sortOf(definition) === 'component' ? [] : ['  _id: ID!']);
  return types.join('\n\n');
}

const typescript: Record<string, string> = { boolean: 'boolean', number: 'number', tags: 'string[]', multiselect: 'string[]', object: 'unknown', geo: '{ type: "Point"; coordinates: [number, number] }', ref: '{ _model: string; _id: string }', asset: '{ _model: string; _id: string }', blocks: '({ _component: string } & Record<string, unknown>)[]' };

export function typescriptSketch(definition: Definition, names: TypeNames): string {
  const typeOf = (field: FieldDef, indent: string): string => {
    const options = field.kind === 'select' || field.kind === 'multiselect' ? optionTexts(field).map((one) => JSON.stringify(one)).join(' | ') : '';
    const one = field.kind === 'set' ? members(fieldsOf(field), indent) : field.kind === 'component' ? names(String(field.of ?? '')) : options ? (field.kind === 'multiselect' ? `(${options})[]` : options) : (typescript[field.kind] ?? 'string');
    return field.many ? (/[|&{ ]/.test(one) ? `(${one})[]` : `${one}[]`) : `${one}${field.required ? '' : ' | null'}`;
  };
  const members = (fields: readonly FieldDef[], indent: string): string => `{\n${fields.filter(written).map((field) => `${indent}  ${field.name}: ${typeOf(field, `${indent}  `)};`).join('\n')}\n${indent}}`;
  return `interface ${names(definition)} ${members(fieldsOf(definition), '')}`;
}

const optionTexts = (field: FieldDef): string[] => (Array.isArray(field.options) ? field.options.map((one) => (typeof one === 'object' && one !== null ? String((one as { value: Json }).value) : String(one))) : []);

function exampleOf(field: FieldDef): Json {
  if (field.default !== undefined && typeof field.default !== 'string') return field.default as Json;
  const many = (one: Json): Json => (field.many ? [one] : one);
  switch (field.kind) {
    case 'set':
      return many(Object.fromEntries(fieldsOf(field).filter(written).map((member) => [member.name, exampleOf(member)])));
    case 'select':
      return optionTexts(field)[0] ?? null;
    case 'multiselect':
      return optionTexts(field).slice(0, 2);
    case 'ref':
      return many({ _model: String(Array.isArray(field.to) ? field.to[0] : (field.to ?? '')), _id: '6b00e0ab686c821a0bbb6de3' });
    case 'number':
      return many(field.integer ? 3 : 9.5);
    case 'component':
      return many({});
    case 'blocks':
      return [{ _component: String(Array.isArray(field.of) ? (field.of[0] ?? '') : (field.of ?? '')) }];
    default: {
      const example = kindOf(field.kind).example;
      return many(example ? (JSON.parse(example.replace('6b00…6bb3', '6b00e0ab686c821a0bbb6de3')) as Json) : null);
    }
  }
}

/** An entry as it would be sent: what is required first comes as it stands, what is computed is left out. */
export function example(definition: Definition): Record<string, Json> {
  return Object.fromEntries(fieldsOf(definition).filter((field) => written(field) && !field.computed).map((field) => [field.name, exampleOf(field)]));
}

export interface Snippet {
  name: string;
  text: string;
}

const quoted = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

export function requests(definition: Definition, origin: string, names: TypeNames): Snippet[] {
  const sort = sortOf(definition);
  const name = definition.name;
  const found: Snippet[] = [{ name: 'GraphQL', text: graphqlSketch(definition, names) }];
  const body = JSON.stringify({ data: example(definition) }, null, 2);
  if (sort !== 'component') {
    const one = sort === 'single';
    found.push({ name: 'REST', text: one ? `curl -H 'api-key: …' ${origin}/api/content/item/${name}` : `curl -H 'api-key: …' '${origin}/api/content/items/${name}?limit=5&sort=${displayOf(definition)}'` });
    if (sort !== 'view') found.push({ name: one ? 'PATCH' : 'POST', text: `curl -X ${one ? 'PATCH' : 'POST'} -H 'api-key: …' ${origin}/api/content/item/${name} \\\n  --json ${quoted(one ? JSON.stringify(example(definition), null, 2) : body)}` });
  }
  found.push({ name: 'TypeScript', text: typescriptSketch(definition, names) });
  return found;
}
