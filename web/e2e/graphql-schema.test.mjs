// What our schema says of itself, held against graphql-js: every role's introspection is taken, is valid, stays within
// the role, and says the same as the SDL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  introspectionFromSchema,
  isIntrospectionType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { startDemo } from './server.mjs';

const skip = process.env.VITRINE_BIN ? false : 'VITRINE_BIN names no program';
const roles = ['public', 'editor', 'admin'];
const everything = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true };
const dialects = ['/graphql', '/api/gql'];
const question = getIntrospectionQuery(everything);
let server;

before(async () => {
  if (!skip) server = await startDemo();
});
after(() => server?.stop());

const headersOf = (role) => (role === 'public' ? {} : { 'api-key': server.key(role) });

async function ask(path, role, query) {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(role) },
    body: JSON.stringify({ query }),
  });
  assert.equal(answer.status, 200);
  return answer.text();
}

async function introspect(path, role) {
  const { data, errors } = JSON.parse(await ask(path, role, question));
  assert.equal(errors, undefined);
  return data;
}

/** What introspection says, without what the specification brings, in an order of its own. */
function content(told) {
  const byName = (a, b) => (a.name < b.name ? -1 : 1);
  const { types, directives, ...roots } = told.__schema;
  const own = types.filter((type) => !type.name.startsWith('__') && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name));
  for (const type of own) type.possibleTypes?.sort(byName);
  return { roots, types: own.sort(byName), directives: directives.filter((d) => !['skip', 'include', 'deprecated', 'specifiedBy', 'oneOf'].includes(d.name)) };
}

/** graphql-js knows more members than the edition of September 2025, and writes {} as {  }. */
const comparable = (told) =>
  JSON.parse(JSON.stringify(content(structuredClone(told)), (name, value) => (name === 'defaultValue' && value === '{  }' ? '{}' : value)));

for (const path of dialects)
  for (const role of roles) {
    test(`graphql-js takes ${path} of ${role}`, { skip }, async () => {
      const schema = buildClientSchema(await introspect(path, role));
      assert.deepEqual(validateSchema(schema).map(String), []);
      assert.ok(schema.getQueryType());
    });

    test(`${path} says the same to ${role} again`, { skip }, async () => {
      assert.equal(await ask(path, role, question), await ask(path, role, question));
      const one = await ask(path, role, 'query A { __schema { queryType { name } } }');
      assert.deepEqual(Object.keys(JSON.parse(one).data.__schema), ['queryType']);
    });
  }

for (const role of roles)
  test(`the SDL says what its introspection says to ${role}`, { skip }, async () => {
    const answer = await fetch(`${server.url}/graphql/schema.graphql`, { headers: headersOf(role) });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/plain/);
    const sdl = await answer.text();
    const written = buildSchema(sdl);
    assert.deepEqual(validateSchema(written).map(String), []);
    const told = await introspect('/graphql', role);
    assert.deepEqual(comparable(introspectionFromSchema(written, everything)), comparable(told));
    const sorted = (schema) => printSchema(lexicographicSortSchema(schema));
    assert.equal(sorted(written), sorted(buildClientSchema(told)));
    // Its layout is graphql-js's, too: nothing but the spelling of {} may differ.
    assert.equal(sdl.trimEnd(), printSchema(written).replaceAll('{  }', '{}'));
  });

test('a role is told what it may reach, and no more', { skip }, async () => {
  const names = Object.fromEntries(
    await Promise.all(roles.map(async (role) => [role, new Set((await introspect('/graphql', role)).__schema.types.map((type) => type.name))])),
  );
  assert.ok(names.admin.has('ApiKey') && !names.editor.has('ApiKey') && !names.public.has('ApiKey'));
  assert.ok([...names.public].every((name) => names.admin.has(name)));
  assert.ok(names.public.size < names.editor.size && names.editor.size < names.admin.size);
  const mutations = (await introspect('/graphql', 'public')).__schema.mutationType;
  assert.equal(mutations, null);
});

test('introspection has its own types, directives and no surprises', { skip }, async () => {
  const schema = buildClientSchema(await introspect('/graphql', 'admin'));
  const types = Object.values(schema.getTypeMap());
  assert.deepEqual(
    types.filter(isIntrospectionType).map((type) => type.name).sort(),
    ['__Directive', '__DirectiveLocation', '__EnumValue', '__Field', '__InputValue', '__Schema', '__Type', '__TypeKind'],
  );
  assert.ok(types.filter(isSpecifiedScalarType).length >= 2);
  assert.deepEqual(schema.getDirectives().filter(isSpecifiedDirective).map((d) => d.name).sort(), ['deprecated', 'include', 'oneOf', 'skip', 'specifiedBy']);
});

test('who guesses is not helped with what he may not see', { skip }, async () => {
  const secret = JSON.parse(await ask('/graphql', 'admin', '{ __schema { queryType { fields { name } } } }')).data.__schema.queryType.fields.map((f) => f.name);
  const open = new Set(JSON.parse(await ask('/graphql', 'public', '{ __schema { queryType { fields { name } } } }')).data.__schema.queryType.fields.map((f) => f.name));
  const hidden = secret.filter((name) => !open.has(name));
  assert.ok(hidden.length > 0);
  for (const name of hidden.slice(0, 10)) {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ ${name.slice(0, -1)}x { __typename } }` }),
    });
    const said = await answer.text();
    assert.ok(!said.includes(`"${name}"`) && !said.includes(`\\"${name}\\"`), `${name}: ${said}`);
  }
});
