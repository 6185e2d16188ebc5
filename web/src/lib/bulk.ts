// Many entries at once, and what became of each. The server does all of a request or nothing (docs/write.md): a part that is
// refused is halved until the entries are found that cannot be done; the others are.
import * as api from './api';
import type { Problem } from './api';
import { pageOf, type Parameters } from './listing.svelte';
import type { JsonObject, Model } from './types';

export type Work =
  | { kind: 'publish' | 'unpublish' | 'archive' | 'delete' }
  | { kind: 'set'; data: JsonObject }
  | { kind: 'plan'; action: 'publish' | 'unpublish' | 'archive'; at: string };

export interface Refusal {
  id: string;
  problem: Problem;
}
export interface Outcome {
  done: string[];
  refused: Refusal[];
  /** Never tried: somebody stopped it, or the server did not answer. */
  left: string[];
}

export const batchSize = 50;

/** Whether it makes sense to try a smaller part: the request was understood, and something in it was refused. */
const isRefusal = (problem: Problem): boolean => problem.status >= 400 && problem.status < 500 && problem.status !== 401 && problem.status !== 429;

/** "Change 0: …" means nothing to whoever did not count them. */
const ofOne = (problem: Problem): Problem => new api.Problem(problem.status, problem.title, problem.detail.replace(/^Change \d+: /, ''), problem.requestId, problem.faults);

export async function inParts(ids: readonly string[], send: (ids: string[]) => Promise<unknown>, tell: (looked: number) => void, signal?: AbortSignal, size = batchSize): Promise<Outcome> {
  const outcome: Outcome = { done: [], refused: [], left: [] };
  const waiting: string[][] = [];
  for (let at = 0; at < ids.length; at += size) waiting.push(ids.slice(at, at + size));
  while (waiting.length) {
    const part = waiting.shift()!;
    if (signal?.aborted) {
      outcome.left.push(...part);
      continue;
    }
    try {
      await send(part);
      outcome.done.push(...part);
    } catch (error) {
      const problem = api.asProblem(error);
      if (!isRefusal(problem)) {
        outcome.refused.push({ id: part[0]!, problem });
        outcome.left.push(...part.slice(1), ...waiting.flat());
        break;
      }
      if (part.length === 1) outcome.refused.push({ id: part[0]!, problem: ofOne(problem) });
      else waiting.unshift(part.slice(0, Math.ceil(part.length / 2)), part.slice(Math.ceil(part.length / 2)));
    }
    tell(outcome.done.length + outcome.refused.length);
  }
  return outcome;
}

/** A change as /api/batch takes it. */
export function changeOf(model: string, id: string, work: Work): JsonObject {
  const about = { in: model, id };
  if (work.kind === 'set') return { op: 'update', ...about, data: work.data, if_rev: '*' };
  if (work.kind === 'delete') return { op: 'delete', ...about, if_rev: '*' };
  return { op: work.kind, ...about };
}

export function perform(model: Model, ids: readonly string[], work: Work, tell: (looked: number) => void, signal?: AbortSignal): Promise<Outcome> {
  // A plan has its own request; and of the server's own collections some do more than a batch does.
  if (work.kind === 'plan') return inParts(ids, ([id]) => api.act(model.name, id!, work.action, { at: work.at }), tell, signal, 1);
  if (work.kind === 'delete' && model.system) return inParts(ids, ([id]) => api.remove(model.name, id!), tell, signal, 1);
  const send = (part: string[]): Promise<unknown> => api.request('/api/batch', { method: 'POST', body: { changes: part.map((id) => changeOf(model.name, id, work)) } });
  return inParts(ids, send, tell, signal);
}

/** The ids of all that match, page by page. */
export async function everyId(model: Model, given: Parameters, tell: (found: number) => void, signal?: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let after = '';
  do {
    const answer = await pageOf(model, { ...given, fields: '_id', limit: 1000, ...(given.search ? { sort: '_id' } : {}) }, after, signal);
    ids.push(...answer.data.map((item) => item._id));
    after = answer.meta.cursor ?? '';
    tell(ids.length);
  } while (after && !signal?.aborted);
  return ids;
}
