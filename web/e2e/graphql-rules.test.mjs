// Our rules, limits and coercion against the reference implementation's, document by document: the same are accepted, and
// the others have as many errors at the same places. Seeded: RULES_SEED=n RULES_DOCUMENTS=n repeat a run or make it longer.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { buildSchema } from 'graphql';
import { Documents, slips } from './documents.mjs';
import { hasJudge, startJudge } from './judge.mjs';
import { differ, judgeByReference, places, purposeOf, ruleOf } from './reference.mjs';
import { valuesFor } from './values.mjs';
import { chance } from './walk.mjs';

const skip = hasJudge ? false : 'graphql_judge is not built (preset dev)';
const count = Number(process.env.RULES_DOCUMENTS ?? 6000);
const seed = Number(process.env.RULES_SEED ?? 5);
const file = fileURLToPath(new URL('../../tests/unit/graphql/animals.graphql', import.meta.url));
const text = readFileSync(file, 'utf8');
/** The same without mutations and subscriptions, and without what only they need. */
const queriesOnly = text.split('type Mutation')[0].replace(/^schema .*$/m, 'schema { query: Query }').replace(/^input NewDog .*$/m, '');

/** When there are several operations, mostly the name of one. */
function nameIn(query, random) {
  const names = [...query.matchAll(/\b(Q\d)\b/g)].map(([, name]) => name);
  return names.length > 1 && random.often(0.9) ? random.one(names) : undefined;
}

/** Numbers and texts of JSON; the order of members, too. */
const plain = (value) => JSON.stringify(value, (_, v) => (v && typeof v === 'object' && !Array.isArray(v) ? { ...v } : v));

function agrees(request, theirs, ours) {
  if (theirs.stage !== ours.stage) return false;
  if (ours.stage === 'fine') return plain(JSON.parse(plain(theirs.variables))) === plain(ours.variables);
  return ours.stage === 'operation' || isDeepStrictEqual(theirs.places, places(request.query, ours.errors, true));
}

async function compare(schema, judge, requests, seen) {
  const answers = await judge.ask(requests);
  const wrong = [];
  answers.forEach((ours, i) => {
    const request = requests[i];
    const theirs = { ...judgeByReference(schema, request), text: request.query };
    seen.stages.set(theirs.stage, (seen.stages.get(theirs.stage) ?? 0) + 1);
    if (theirs.stage === 'invalid')
      for (const { message } of theirs.errors) {
        const rule = ruleOf.find(([pattern]) => pattern.test(message))?.[1] ?? `? ${message}`;
        seen.rules.set(rule, (seen.rules.get(rule) ?? 0) + 1);
      }
    if (agrees(request, theirs, ours)) return;
    const why = purposeOf(theirs, ours, request.query, schema);
    if (why) seen.purposes.set(why, (seen.purposes.get(why) ?? 0) + 1);
    else wrong.push({ request, theirs: theirs.stage, ours: ours.stage, differ: differ(theirs, ours), variables: [plain(theirs.variables), plain(ours.variables)] });
  });
  return wrong;
}

const show = (wrong) => wrong.slice(0, 5).map((w) => `${JSON.stringify(w.request)}\n  theirs ${w.theirs}, ours ${w.ours}\n${w.differ.map((d) => `  only ${d.more} at ${d.at}: ${d.message}\n`).join('')}  ${w.variables.join('\n  ')}`).join('\n\n');

/** Everything that `schema` can be asked wrongly and rightly. */
async function run(schema, schemaFile, seed, count, kinds) {
  const judge = startJudge(schemaFile);
  const random = chance(seed);
  const documents = new Documents(schema, random);
  const seen = { stages: new Map(), rules: new Map(), purposes: new Map() };
  const wrong = [];
  try {
    for (let done = 0; done < count; ) {
      const requests = [];
      for (let i = 0; i < 200; i++, done++) {
        const kind = done % 4;
        const query = documents.document(kind === 0 ? undefined : kind === 1 ? 'any' : kinds[(done >> 2) % kinds.length]);
        const damaged = kind === 3 && random.often(0.5);
        requests.push({ query: damaged ? documents.damage(query) : query, variables: damaged ? undefined : valuesFor(schema, query, random), operationName: nameIn(query, random) });
      }
      wrong.push(...(await compare(schema, judge, requests, seen)));
    }
  } finally {
    judge.stop();
  }
  return { ...seen, wrong };
}

const told = (map) => [...map].sort().map(([what, n]) => `${n} ${what}`);

test('documents are judged as the reference judges them', { skip }, async (t) => {
  const { stages, rules, purposes, wrong } = await run(buildSchema(text), file, seed, count, slips);
  t.diagnostic(`seed ${seed}: ${told(stages).join(', ')}`);
  t.diagnostic(told(rules).join(', '));
  for (const purpose of told(purposes)) t.diagnostic(`on purpose: ${purpose}`);
  assert.equal(wrong.length, 0, `${wrong.length} of ${count}\n${show(wrong)}`);
  const missing = ruleOf.map(([, rule]) => rule).filter((rule) => rule !== 'KnownOperationTypes' && !(rules.get(rule) >= count / 1000));
  assert.deepEqual(missing, [], 'rules that hardly any document broke');
});

test('and so they are for a schema of queries only', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-rules-'));
  const own = join(folder, 'queries.graphql');
  writeFileSync(own, queriesOnly);
  try {
    const { rules, wrong } = await run(buildSchema(queriesOnly), own, seed, 600, ['unknown operation type']);
    t.diagnostic(told(rules).join(', '));
    assert.equal(wrong.length, 0, show(wrong));
    assert.ok(rules.get('KnownOperationTypes') > 20);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
