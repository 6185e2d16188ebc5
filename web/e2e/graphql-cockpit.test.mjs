// Cockpit's schema as its clients see it: graphql-js takes it for every role, and what it reads is what REST reads.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildClientSchema, getIntrospectionQuery, isLeafType, getNamedType, validateSchema } from 'graphql';
import { startDemo } from './server.mjs';

const skip = process.env.VITRINE_BIN ? false : 'VITRINE_BIN names no program';
const roles = ['public', 'editor', 'admin'];
const keys = {};
let server;

before(async () => {
  if (skip) return;
  server = await startDemo();
  for (const role of roles) keys[role] = server.key(role);
});
after(() => server?.stop());

async function ask(role, query, variables) {
  const answer = await fetch(`${server.url}/api/gql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'api-key': keys[role] },
    body: JSON.stringify({ query, variables }),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function schemaOf(role) {
  const { data, errors } = await ask(role, getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true }));
  assert.equal(errors, undefined);
  return buildClientSchema(data);
}

async function rest(role, path) {
  const answer = await fetch(server.url + path, { headers: { 'api-key': keys[role] } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

/** Everything that a type has, sets with their members. */
function selection(type) {
  const fields = Object.values(type.getFields());
  return `{${fields.map((f) => (isLeafType(getNamedType(f.type)) ? f.name : f.name + selection(getNamedType(f.type)))).join(' ')}}`;
}

/** The fields that an item of REST has, by what GraphQL selected: sets lack members that were never written. */
function same(typed, plain) {
  if (Array.isArray(typed)) return Array.isArray(plain) && typed.length === plain.length && typed.every((v, i) => same(v, plain[i]));
  if (typed === null || typeof typed !== 'object') return typed === (plain ?? null);
  return plain !== null && typeof plain === 'object' && Object.entries(typed).every(([name, v]) => same(v, plain[name]));
}

for (const role of roles) {
  test(`graphql-js takes the schema of ${role}`, { skip }, async () => {
    const schema = await schemaOf(role);
    assert.deepEqual(validateSchema(schema).map(String), []);
    for (const name of ['JsonType', 'NumericType']) assert.ok(schema.getType(name), name);
    assert.equal(Boolean(schema.getMutationType()), role !== 'public');
    assert.equal(Boolean(schema.getType('Upload')), role !== 'public');
  });

  test(`${role} reads by GraphQL what he reads by REST`, { skip }, async () => {
    const schema = await schemaOf(role);
    let items = 0;
    for (const field of Object.values(schema.getQueryType().getFields())) {
      if (!field.name.endsWith('Model')) continue;
      const model = field.name.slice(0, -'Model'.length);
      const single = !String(field.type).startsWith('[');
      for (const populate of [0, 2]) {
        const { data, errors } = await ask(role, `{${field.name}(populate: ${populate}) ${selection(getNamedType(field.type))}}`);
        assert.equal(errors, undefined, model);
        const plain = await rest(role, `/api/content/${single ? 'item' : 'items'}/${model}?populate=${populate}`);
        assert.ok(same(data[field.name], plain), `${model} ${populate}: ${JSON.stringify(data[field.name]).slice(0, 300)}\n${JSON.stringify(plain).slice(0, 300)}`);
        const any = await ask(role, `{content(model: "${model}", populate: ${populate})}`);
        assert.deepEqual(any.data.content, single ? [plain] : plain);
        items += single ? 1 : plain.length;
      }
    }
    assert.ok(items > 50, `${items} items`);
  });

  test(`${role}'s filters say the same in both`, { skip }, async () => {
    const filters = [{ views: { $gt: 100 } }, { $or: [{ title: { $regex: 'a' } }, { featured: true }] }, { 'author.name': 'Ada Lindqvist' }, { tags: { $size: 2 } }];
    for (const filter of filters) {
      const { data } = await ask(role, 'query($f: JsonType) {postsModel(filter: $f, sort: "-views") {_id}}', { f: filter });
      const plain = await rest(role, `/api/content/items/posts?sort=-views&fields=_id&filter=${encodeURIComponent(JSON.stringify(filter))}`);
      assert.deepEqual(data.postsModel, plain);
    }
    for (const filter of [{ nothing: 1 }, { views: { $nonsense: 1 } }, { 'author.nothing': 1 }]) {
      const { data, errors } = await ask(role, 'query($f: JsonType) {postsModel(filter: $f) {_id}}', { f: filter });
      assert.equal(data.postsModel, null);
      assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
      const refused = await fetch(`${server.url}/api/content/items/posts?filter=${encodeURIComponent(JSON.stringify(filter))}`, { headers: { 'api-key': keys[role] } });
      assert.equal(refused.status, 400);
      const { errors: faults } = await refused.json();
      assert.deepEqual(
        errors[0].extensions.errors.map((e) => e.message.replace(/\.$/, '')),
        faults.map((e) => e.detail),
      );
    }
  });
}
