// Documents asked twice: us, and the reference.
import { isDeepStrictEqual } from 'node:util';
import { Documents } from './documents.mjs';
import { differ, judgeByReference, places, purposeOf, ruleOf } from './reference.mjs';
import { valuesFor } from './values.mjs';
import { chance } from './walk.mjs';

/** When there are several operations, mostly the name of one. */
function nameIn(query, random) {
  const names = [...query.matchAll(/\b(Q\d)\b/g)].map(([, name]) => name);
  return names.length > 1 && random.often(0.9) ? random.one(names) : undefined;
}

/** Numbers and texts of JSON; the order of members, too. */
const plain = (value) => JSON.stringify(value, (_, v) => (v && typeof v === 'object' && !Array.isArray(v) ? { ...v } : v));

function sameVariables(request, theirs, ours) {
  const [wanted, taken] = [plain(theirs.variables), plain(ours.variables)];
  return wanted === taken ? undefined : `${wanted}\n  ${taken}`;
}

async function compare({ schema, ask, fine }, requests, seen) {
  const judged = requests.map((request) => ({ ...judgeByReference(schema, request), text: request.query }));
  const answers = await ask(requests, judged);
  const wrong = [];
  answers.forEach((ours, i) => {
    if (!ours) return; // not asked
    const request = requests[i];
    const theirs = judged[i];
    seen.stages.set(theirs.stage, (seen.stages.get(theirs.stage) ?? 0) + 1);
    if (theirs.stage === 'invalid')
      for (const { message } of theirs.errors) {
        const rule = ruleOf.find(([pattern]) => pattern.test(message))?.[1] ?? `? ${message}`;
        seen.rules.set(rule, (seen.rules.get(rule) ?? 0) + 1);
      }
    const bothFine = theirs.stage === 'fine' && ours.stage === 'fine';
    const other = bothFine ? fine(request, theirs, ours) : undefined;
    const same = theirs.stage === ours.stage && (bothFine || ours.stage === 'operation' || isDeepStrictEqual(theirs.places, places(request.query, ours.errors, true)));
    if (same && !other) return;
    const why = other ? undefined : purposeOf(theirs, ours, request.query, schema);
    if (why) seen.purposes.set(why, (seen.purposes.get(why) ?? 0) + 1);
    else wrong.push({ request, theirs: theirs.stage, ours: ours.stage, differ: bothFine ? [] : differ(theirs, ours), other });
  });
  return wrong;
}

export const show = (wrong) => wrong.slice(0, 5).map((w) => `${JSON.stringify(w.request)}\n  theirs ${w.theirs}, ours ${w.ours}\n${w.differ.map((d) => `  only ${d.more} at ${d.at}: ${d.message}\n`).join('')}  ${w.other ?? ''}`).join('\n\n');

/**
 * Asks `ask(requests)` and the reference about `count` documents of `schema`: right ones, wrong ones of these kinds, and damaged ones.
 * options go to Documents; fine(request, theirs, ours) is why answers to what both find fine differ, when they do.
 */
export async function askTwice({ schema, ask, seed, count, kinds, options, fine = sameVariables }) {
  const random = chance(seed);
  const documents = new Documents(schema, random, options);
  const seen = { stages: new Map(), rules: new Map(), purposes: new Map() };
  const wrong = [];
  for (let done = 0; done < count; ) {
    const requests = [];
    for (let i = 0; i < 200 && done < count; i++, done++) {
      const kind = done % 4;
      const query = documents.document(kind === 0 ? undefined : kind === 1 ? 'any' : kinds[(done >> 2) % kinds.length]);
      const damaged = kind === 3 && random.often(0.5);
      const variables = damaged ? undefined : valuesFor(schema, query, random, options?.json);
      requests.push({ query: damaged ? documents.damage(query) : query, variables, operationName: nameIn(query, random) });
    }
    wrong.push(...(await compare({ schema, ask, fine }, requests, seen)));
  }
  return { ...seen, wrong };
}

export const told = (map) => [...map].sort().map(([what, n]) => `${n} ${what}`);
