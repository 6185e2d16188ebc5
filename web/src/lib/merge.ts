// Two people changed one text: paragraph by paragraph, what only one of them touched is taken, what both touched is asked.
import { steps } from './words';

export type Chunk =
  | { kind: 'settled'; text: string }
  /** `base` is what stood there before the two of them. */
  | { kind: 'both'; base: string; mine: string; theirs: string };

interface Change {
  from: number;
  to: number;
  items: string[];
}

/** What `next` has in place of stretches of `base`. */
function changesOf(base: readonly string[], next: readonly string[]): Change[] {
  const out: Change[] = [];
  let at = 0;
  for (const step of steps(base, next)) {
    const last = out.at(-1);
    if (step.kind === 'same') at += step.items.length;
    else if (step.kind === 'gone') {
      out.push({ from: at, to: at + step.items.length, items: [] });
      at += step.items.length;
    } else if (last?.to === at && last.items.length === 0 && last.to > last.from) last.items = step.items;
    else out.push({ from: at, to: at, items: step.items });
  }
  return out;
}

/** Joined, the settled ones and one side of each question are the text. */
export function mergeTexts(base: readonly string[], mine: readonly string[], theirs: readonly string[]): Chunk[] {
  const [left, right] = [changesOf(base, mine), changesOf(base, theirs)];
  const out: Chunk[] = [];
  const settle = (items: readonly string[]): void => {
    const text = items.join('');
    const last = out.at(-1);
    if (!text) return;
    if (last?.kind === 'settled') last.text += text;
    else out.push({ kind: 'settled', text });
  };
  let [at, i, k] = [0, 0, 0];
  while (i < left.length || k < right.length) {
    const from = Math.min(left[i]?.from ?? Infinity, right[k]?.from ?? Infinity);
    settle(base.slice(at, from));
    // Everything that touches this stretch, from either side.
    let to = from;
    const [firstI, firstK] = [i, k];
    for (let grew = true; grew; ) {
      grew = false;
      for (; i < left.length && (left[i]!.from < to || left[i]!.from === from); i += 1) [to, grew] = [Math.max(to, left[i]!.to), true];
      for (; k < right.length && (right[k]!.from < to || right[k]!.from === from); k += 1) [to, grew] = [Math.max(to, right[k]!.to), true];
    }
    const [a, b, before] = [sideOf(base, left.slice(firstI, i), from, to), sideOf(base, right.slice(firstK, k), from, to), base.slice(from, to).join('')];
    if (a === b || firstK === k) settle([a]);
    else if (firstI === i) settle([b]);
    else out.push({ kind: 'both', base: before, mine: a, theirs: b });
    at = to;
  }
  settle(base.slice(at));
  return out;
}

function sideOf(base: readonly string[], changes: readonly Change[], from: number, to: number): string {
  let [said, at] = ['', from];
  for (const change of changes) {
    said += base.slice(at, change.from).join('') + change.items.join('');
    at = change.to;
  }
  return said + base.slice(at, to).join('');
}

export type Side = 'mine' | 'theirs' | 'both';

/** The text after the answers, question by question. */
export function answered(chunks: readonly Chunk[], answers: readonly Side[]): string {
  let asked = 0;
  return chunks
    .map((chunk) => {
      if (chunk.kind === 'settled') return chunk.text;
      const side = answers[asked++] ?? 'mine';
      return side === 'both' ? chunk.theirs + chunk.mine : chunk[side];
    })
    .join('');
}
