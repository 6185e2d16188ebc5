// What differs between two texts or two lists: what stayed, what went, what came, in the order of reading.

export interface Step<T> {
  kind: 'same' | 'gone' | 'new';
  items: T[];
}

/** Farther apart than this, two sequences are told as one that went and one that came. */
const mostEdits = 700;

const isSame = (a: unknown, b: unknown): boolean => a === b;

/** Myers' shortest way from `a` to `b`; what both begin and end with is not looked at twice. */
export function steps<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean = isSame): Step<T>[] {
  let from = 0;
  while (from < a.length && from < b.length && equal(a[from]!, b[from]!)) from += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > from && endB > from && equal(a[endA - 1]!, b[endB - 1]!)) [endA, endB] = [endA - 1, endB - 1];
  return joined([
    { kind: 'same', items: a.slice(0, from) },
    ...shortest(a.slice(from, endA), b.slice(from, endB), equal),
    { kind: 'same', items: a.slice(endA) },
  ]);
}

function shortest<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean): Step<T>[] {
  const apart: Step<T>[] = [{ kind: 'gone', items: [...a] }, { kind: 'new', items: [...b] }];
  if (a.length === 0 || b.length === 0) return apart;
  const most = Math.min(a.length + b.length, mostEdits);
  // How far along `a` each diagonal has come; diagonal k lies at k + most + 1.
  const far = new Int32Array(2 * most + 3);
  const before: Int32Array[] = [];
  const isDown = (at: Int32Array, k: number, edits: number): boolean => k === -edits || (k !== edits && at[k + most]! < at[k + most + 2]!);
  for (let edits = 0; edits <= most; edits += 1) {
    before.push(far.slice());
    for (let k = -edits; k <= edits; k += 2) {
      let x = isDown(far, k, edits) ? far[k + most + 2]! : far[k + most]! + 1;
      while (x < a.length && x - k < b.length && equal(a[x]!, b[x - k]!)) x += 1;
      far[k + most + 1] = x;
      if (x >= a.length && x - k >= b.length) return walkedBack(edits);
    }
  }
  return apart;

  function walkedBack(edits: number): Step<T>[] {
    const back: Step<T>[] = [];
    let [x, y] = [a.length, b.length];
    const stays = (toX: number, toY: number): void => {
      while (x > toX && y > toY) {
        [x, y] = [x - 1, y - 1];
        back.push({ kind: 'same', items: [a[x]!] });
      }
    };
    for (let left = edits; left > 0; left -= 1) {
      const at = before[left]!;
      const down = isDown(at, x - y, left);
      const k = x - y + (down ? 1 : -1);
      const [toX, toY] = [at[k + most + 1]!, at[k + most + 1]! - k];
      stays(toX, toY);
      back.push(down ? { kind: 'new', items: [b[toY]!] } : { kind: 'gone', items: [a[toX]!] });
      [x, y] = [toX, toY];
    }
    stays(0, 0);
    return back.reverse();
  }
}

/** Neighbours of one kind are one step; of a change first what went, then what came. */
function joined<T>(all: readonly Step<T>[]): Step<T>[] {
  const out: Step<T>[] = [];
  let [gone, came]: [T[], T[]] = [[], []];
  const flush = (): void => {
    if (gone.length) out.push({ kind: 'gone', items: gone });
    if (came.length) out.push({ kind: 'new', items: came });
    [gone, came] = [[], []];
  };
  for (const { kind, items } of all) {
    if (items.length === 0) continue;
    if (kind === 'gone') gone.push(...items);
    else if (kind === 'new') came.push(...items);
    else {
      flush();
      const last = out.at(-1);
      if (last?.kind === 'same') last.items.push(...items);
      else out.push({ kind, items: [...items] });
    }
  }
  flush();
  return out;
}

export interface Piece {
  kind: Step<string>['kind'];
  text: string;
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*|\s+|[^\s\p{L}\p{N}_]/gu) ?? [];
/** A sentence or a line, with what separates it from the next one. */
const sentencesOf = (text: string): string[] => text.match(/[^\n]*?(?:[.!?:;]+\s+|\n+|$)/g)?.filter(Boolean) ?? [];

/** Word by word. Long texts are compared by sentences first, and by words where those differ. */
export function wordDiff(before: string, after: string): Piece[] {
  if (before === after) return before ? [{ kind: 'same', text: before }] : [];
  if (before.length + after.length < 6000) return pieces(steps(wordsOf(before), wordsOf(after)));
  const out: Piece[] = [];
  const coarse = steps(sentencesOf(before), sentencesOf(after));
  for (let i = 0; i < coarse.length; i += 1) {
    const [one, next] = [coarse[i]!, coarse[i + 1]];
    const text = one.items.join('');
    if (one.kind === 'gone' && next?.kind === 'new') {
      out.push(...pieces(steps(wordsOf(text), wordsOf(next.items.join('')))));
      i += 1;
    } else out.push({ kind: one.kind, text });
  }
  return out;
}

/** Single spaces that stayed between changed words belong to the change: it reads as one. */
function pieces(all: readonly Step<string>[]): Piece[] {
  const spread = all.flatMap((step, i): Step<string>[] => {
    const between = step.kind === 'same' && i > 0 && i < all.length - 1 && step.items.every((word) => /^\s+$/.test(word));
    return between ? [{ kind: 'gone', items: step.items }, { kind: 'new', items: step.items }] : [step];
  });
  return joined(spread).map(({ kind, items }) => ({ kind, text: items.join('') }));
}

const voids = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr']);
export const looksLikeHtml = (text: string): boolean => /^\s*<[a-z][\s\S]*>/i.test(text);

/** The outermost elements of formatted text, or the paragraphs of plain text. Joined again they are the text, byte for byte. */
export function paragraphs(text: string): string[] {
  if (!looksLikeHtml(text)) return text.match(/[\s\S]+?(?:\n[ \t]*\n\s*|$)/g) ?? [];
  const out: string[] = [];
  let [depth, from] = [0, 0];
  for (const found of text.matchAll(/<!--[\s\S]*?-->|<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*>/g)) {
    const [whole, slash, name] = found;
    if (!name) continue;
    if (slash) depth = Math.max(0, depth - 1);
    else if (!voids.has(name.toLowerCase()) && !whole.endsWith('/>')) depth += 1;
    if (depth > 0) continue;
    const end = found.index + whole.length;
    // White space behind an element is its own.
    const to = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0);
    out.push(text.slice(from, to));
    from = to;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Formatted text as it reads: for comparing, never for markup. */
export function readable(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<br\s*\/?>|<\/(?:p|li|h[1-6]|tr|div|blockquote|pre)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal: string, hex: string, name: string) =>
      name ? (entities[name.toLowerCase()] ?? whole) : String.fromCodePoint(Math.min(0x10ffff, decimal ? Number(decimal) : parseInt(hex, 16))),
    )
    .replace(/\n{2,}/g, '\n')
    .trim();
}
