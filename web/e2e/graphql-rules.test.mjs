// Our rules, limits and coercion against the reference implementation's, document by document: the same are accepted, and
// the others have as many errors at the same places. Seeded: RULES_SEED=n RULES_DOCUMENTS=n repeat a run or make it longer.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { slips } from './documents.mjs';
import { hasJudge, startJudge } from './judge.mjs';
import { askTwice, show, told } from './judging.mjs';
import { ruleOf } from './reference.mjs';

const skip = hasJudge ? false : 'graphql_judge is not built (preset dev)';
const count = Number(process.env.RULES_DOCUMENTS ?? 6000);
const seed = Number(process.env.RULES_SEED ?? 5);
const file = fileURLToPath(new URL('../../tests/unit/graphql/animals.graphql', import.meta.url));
const text = readFileSync(file, 'utf8');
/** The same without mutations and subscriptions, and without what only they need. */
const queriesOnly = text.split('type Mutation')[0].replace(/^schema .*$/m, 'schema { query: Query }').replace(/^input NewDog .*$/m, '');

async function judged(schema, schemaFile, count, kinds, options) {
  const judge = startJudge(schemaFile);
  try {
    return await askTwice({ schema, ask: judge.ask, seed, count, kinds, options });
  } finally {
    judge.stop();
  }
}

test('documents are judged as the reference judges them', { skip }, async (t) => {
  const { stages, rules, purposes, wrong } = await judged(buildSchema(text), file, count, slips);
  t.diagnostic(`seed ${seed}: ${told(stages).join(', ')}`);
  t.diagnostic(told(rules).join(', '));
  for (const purpose of told(purposes)) t.diagnostic(`on purpose: ${purpose}`);
  assert.equal(wrong.length, 0, `${wrong.length} of ${count}\n${show(wrong)}`);
  const missing = ruleOf.map(([, rule]) => rule).filter((rule) => rule !== 'KnownOperationTypes' && !(rules.get(rule) >= count / 1000));
  assert.deepEqual(missing, [], 'rules that hardly any document broke');
});

test('fields that become one are found as the reference finds them', { skip }, async (t) => {
  const options = { few: true, given: 0.08, kinds: ['query'], deepest: 4 };
  const { stages, rules, purposes, wrong } = await judged(buildSchema(text), file, count / 3, ['same alias', 'arguments differ'], options);
  t.diagnostic(`seed ${seed}: ${told(stages).join(', ')}; ${rules.get('OverlappingFieldsCanBeMerged')} conflicts`);
  for (const purpose of told(purposes)) t.diagnostic(`on purpose: ${purpose}`);
  assert.equal(wrong.length, 0, `${wrong.length}\n${show(wrong)}`);
});

test('a schema of queries only is judged so, too', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-rules-'));
  const own = join(folder, 'queries.graphql');
  writeFileSync(own, queriesOnly);
  try {
    const { rules, wrong } = await judged(buildSchema(queriesOnly), own, 600, ['unknown operation type']);
    t.diagnostic(told(rules).join(', '));
    assert.equal(wrong.length, 0, show(wrong));
    assert.ok(rules.get('KnownOperationTypes') > 20);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
