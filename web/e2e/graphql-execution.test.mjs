// Execution against the reference implementation's: documents by chance over values by chance. The data is the same to the byte,
// members in the same order, and so are the errors' paths and places. Seeded: EXECUTION_SEED=n EXECUTION_DOCUMENTS=n.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { bindChance, runByChance } from './chance.mjs';
import { hasJudge, startJudge } from './judge.mjs';
import { askTwice, show } from './judging.mjs';
import { places } from './reference.mjs';

const skip = hasJudge ? false : 'graphql_judge is not built (preset dev)';
const count = Number(process.env.EXECUTION_DOCUMENTS ?? 3000);
const seed = Number(process.env.EXECUTION_SEED ?? 7);
const file = fileURLToPath(new URL('../../tests/unit/graphql/animals.graphql', import.meta.url));

const chanceOf = ({ query }) => query.length % 997;

/** Each error by its path, and where in the document. */
function faults(query, errors, counted) {
  return errors.map((error) => `${(error.path ?? []).join('.')} at ${places(query, [error], counted)}`).sort();
}

test('documents are answered as the reference answers them', { skip }, async (t) => {
  const schema = bindChance(buildSchema(readFileSync(file, 'utf8')));
  const judge = startJudge(file);
  const seen = { run: 0, faulty: 0, nothing: 0 };
  const fine = (request, theirs, ours) => {
    if (ours.data === undefined) return 'it did not run';
    const wanted = runByChance(schema, request, chanceOf(request));
    seen.run++;
    seen.faulty += Boolean(wanted.errors);
    seen.nothing += !wanted.data;
    const [data, is] = [JSON.stringify(wanted.data), JSON.stringify(ours.data)];
    if (data !== is) return `${is}\n  ${data}`;
    const [told, said] = [faults(request.query, wanted.errors ?? [], false), faults(request.query, ours.faults, true)];
    return JSON.stringify(told) === JSON.stringify(said) ? undefined : `${said}\n  ${told}`;
  };
  try {
    const ask = (requests) => judge.ask(requests.map((request) => ({ ...request, chance: chanceOf(request) })));
    const { wrong } = await askTwice({ schema, ask, seed, count, kinds: [undefined], options: { kinds: ['query', 'query', 'mutation'] }, fine });
    const different = wrong.filter(({ other }) => other); // what is judged otherwise is graphql-rules.test.mjs' business
    t.diagnostic(`seed ${seed}: ${seen.run} run, ${seen.faulty} with errors, ${seen.nothing} without data`);
    assert.equal(different.length, 0, `${different.length} of ${count}\n${show(different)}`);
    assert.ok(seen.run > count / 3 && seen.faulty > seen.run / 20 && seen.nothing > 10);
  } finally {
    judge.stop();
  }
});
