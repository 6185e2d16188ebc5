// The real endpoint against the reference implementation, on the schema that it tells of itself: the same documents are accepted
// and refused, at the same places; and an answer has exactly the members that the reference would put there, in its order.
// ANSWERS_DOCUMENTS=n ANSWERS_SEED=n.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildClientSchema, executeSync, getIntrospectionQuery, print, validateSchema, visit } from 'graphql';
import { slips } from './documents.mjs';
import { askTwice, show, told } from './judging.mjs';
import { startDemo } from './server.mjs';

const skip = process.env.VITRINE_BIN ? false : 'VITRINE_BIN names no program';
const count = Number(process.env.ANSWERS_DOCUMENTS ?? 800);
const seed = Number(process.env.ANSWERS_SEED ?? 5);
let server;

before(async () => {
  if (!skip) server = await startDemo();
});
after(() => server?.stop());

async function post(path, key, request) {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...(key ? { 'api-key': key } : {}) },
    body: JSON.stringify(request),
  });
  return { status: answer.status, ...JSON.parse(await answer.text()) };
}

const stages = {
  GRAPHQL_PARSE_FAILED: 'syntax',
  LIMIT_EXCEEDED: 'limits',
  GRAPHQL_VALIDATION_FAILED: 'invalid',
  OPERATION_RESOLUTION_FAILURE: 'operation',
  BAD_USER_INPUT: 'variables',
};

/** An answer in the words of graphql_judge. */
function staged({ status, data, errors = [] }) {
  assert.ok(status === 200 || status === 400, `status ${status}`);
  return data === undefined ? { stage: stages[errors[0].extensions.code] ?? errors[0].message, errors } : { stage: 'fine', errors: [], data };
}

/** Literals of our scalars; most fit. */
const literals = {
  DateTime: ['"2026-11-21T14:30:00Z"'], Date: ['"2026-11-21"'], Long: ['1', '0', '9007199254740991'], Cursor: ['"x"'], URL: ['"https://example.org/"'],
  Color: ['"#1a2b3c"'], HTML: ['"<p>a</p>"'], Time: ['"12:00:00"'], JSON: ['{ "a" : [ 1 , null ] }', '1', '"a"', 'true'],
};
const value = (name, random) => random.one(literals[name] ?? ['"a"']);
const literal = (name, random) => value(name, random).replace('"a" :', 'a :');

/** The reference writes what we answered, by its own reading of the document. */
function written(schema, { query, operationName, variables }, document, data) {
  const result = executeSync({
    schema,
    document,
    operationName,
    variableValues: variables,
    rootValue: data,
    fieldResolver: (source, _arguments, _context, { path }) => source?.[path.key],
    typeResolver: (source) => source.__typename,
  });
  return JSON.stringify(result.data ?? null);
}

/** Each set says its type, so that the answer can be read again. */
const withTypes = (document) =>
  visit(document, {
    SelectionSet: (set) => ({ ...set, selections: [...set.selections, { kind: 'Field', name: { kind: 'Name', value: '__typename' } }] }),
  });

async function inParallel(requests, ask) {
  const answers = [];
  const next = requests.entries();
  const work = async () => {
    for (const [i, request] of next) answers[i] = await ask(request, i);
  };
  await Promise.all([1, 2, 3, 4].map(work));
  return answers;
}

for (const [who, path] of [
  ['editor', '/graphql'],
  ['public', '/graphql'],
  ['editor', '/api/gql'],
])
  test(`${who} is answered at ${path} as the reference would answer`, { skip }, async (t) => {
    const key = who === 'public' ? undefined : server.key(who);
    const told_ = await post(path, key, { query: getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true, directiveIsRepeatable: true }) });
    assert.equal(told_.errors, undefined);
    const schema = buildClientSchema(told_.data);
    assert.deepEqual(validateSchema(schema).map(String), []);
    let compared = 0;
    const codes = new Map();
    const ask = (requests, judged) =>
      inParallel(requests, async (request, i) => {
        const theirs = judged[i];
        if (theirs.stage !== 'fine') return staged(await post(path, key, request));
        // What would run: queries, and so that we can read the answer.
        const operations = theirs.document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
        if (operations.some(({ operation }) => operation !== 'query')) return undefined;
        const asked = staged(await post(path, key, request));
        if (asked.stage !== 'fine') return asked;
        theirs.typed = withTypes(theirs.document);
        const again = await post(path, key, { ...request, query: print(theirs.typed) });
        if (again.data === undefined) return staged(again);
        compared++;
        for (const { extensions, message } of again.errors ?? []) {
          assert.notEqual(extensions.code, 'INTERNAL_SERVER_ERROR', `${message}: ${request.query}`);
          codes.set(extensions.code, (codes.get(extensions.code) ?? 0) + 1);
        }
        return { stage: 'fine', errors: [], data: again.data };
      });
    const fine = (request, theirs, ours) => {
      const [wanted, is] = [written(schema, request, theirs.typed, ours.data), JSON.stringify(ours.data)];
      return wanted === is ? undefined : `${wanted.slice(0, 1500)}\n  ${is.slice(0, 1500)}`;
    };
    const kinds = slips.filter((slip) => !/subscription/.test(slip));
    const options = { deepest: 3, kinds: ['query', 'query', 'query', 'query', 'mutation'], given: 0.12, value: literal, json: value };
    const { stages: seen, rules, purposes, wrong } = await askTwice({ schema, ask, seed, count, kinds, options, fine });
    t.diagnostic(`seed ${seed}: ${told(seen).join(', ')}; ${compared} answers compared, errors in them: ${told(codes).join(', ')}`);
    t.diagnostic(told(rules).join(', '));
    for (const purpose of told(purposes)) t.diagnostic(`on purpose: ${purpose}`);
    assert.equal(wrong.length, 0, `${wrong.length} of ${count}\n${show(wrong)}`);
    assert.ok(compared > count / 20, 'enough answers were compared');
  });
