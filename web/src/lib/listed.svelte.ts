// The entries of a list that is edited: they have no names of their own, so each gets a number that moves along with it and keeps the
// focus, half-typed numbers and open blocks where they belong.
import type { Form } from './form.svelte';
import type { Json } from './types';

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const out = [...list];
  const [one] = out.splice(from, 1);
  if (one !== undefined) out.splice(to, 0, one);
  return out;
}

/** Where an entry stands after another one was moved. */
export function afterMove(at: number, from: number, to: number): number {
  if (at === from) return to;
  if (from < at && at <= to) return at - 1;
  if (to <= at && at < from) return at + 1;
  return at;
}

export class Listed {
  keys: number[] = $state([]);
  #next = 0;
  readonly #form: Form;
  readonly #path: () => string;
  readonly #value: () => Json[];
  readonly #onchange: (value: Json[]) => void;

  constructor(form: Form, path: () => string, value: () => Json[], onchange: (value: Json[]) => void) {
    this.#form = form;
    this.#path = path;
    this.#value = value;
    this.#onchange = onchange;
    this.keys = value().map(() => this.#next++);
  }

  /** The list was changed from outside: undo, saving, a merge. */
  follow(length: number): void {
    if (this.keys.length !== length) this.keys = Array.from({ length }, (_, i) => this.keys[i] ?? this.#next++);
  }

  put(at: number, to: Json): void {
    this.#onchange(this.#value().map((one, i) => (i === at ? to : one)));
  }

  insert(at: number, ...values: Json[]): void {
    this.#replace((i) => (i < at ? i : i + values.length));
    this.keys = this.keys.toSpliced(at, 0, ...values.map(() => this.#next++));
    this.#onchange(this.#value().toSpliced(at, 0, ...values));
  }

  remove(at: number): void {
    this.#replace((i) => (i === at ? undefined : i < at ? i : i - 1));
    this.keys = this.keys.toSpliced(at, 1);
    this.#onchange(this.#value().toSpliced(at, 1));
  }

  move(from: number, to: number): void {
    if (from === to || to < 0 || to >= this.#value().length) return;
    this.#replace((i) => afterMove(i, from, to));
    this.keys = moved(this.keys, from, to);
    this.#onchange(moved(this.#value(), from, to));
  }

  /** Faults of the server speak of places that are no more; what is half typed moves along. */
  #replace(to: (at: number) => number | undefined): void {
    const path = this.#path();
    this.#form.clear(path);
    const kept: [string, string][] = [];
    for (const [place, text] of Object.entries(this.#form.broken)) {
      const found = place.startsWith(`${path}/`) ? /^(\d+)(.*)$/.exec(place.slice(path.length + 1)) : null;
      if (!found) continue;
      this.#form.break(place, undefined);
      const next = to(Number(found[1]));
      if (next !== undefined) kept.push([`${path}/${next}${found[2] ?? ''}`, text]);
    }
    for (const [place, text] of kept) this.#form.break(place, text);
  }
}
