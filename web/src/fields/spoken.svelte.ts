// A list of a form as its control shows it: it says aloud what became of it, and what is removed leaves the focus at the button that adds.
import { useForm } from '../lib/form.svelte';
import { Listed } from '../lib/listed.svelte';
import { t } from '../lib/text.svelte';
import type { Json } from '../lib/types';

export class Spoken extends Listed {
  said = $state('');
  readonly #label: () => string;
  readonly #id: () => string;

  /** `id` is the control's; the button that adds is "ID-add". */
  constructor(path: () => string, value: () => Json[], onchange: (value: Json[]) => void, label: () => string, id: () => string) {
    super(useForm(), path, value, onchange);
    this.#label = label;
    this.#id = id;
    $effect(() => this.follow(value().length));
  }

  override insert(at: number, ...values: Json[]): void {
    super.insert(at, ...values);
    this.said = t('{label}: entry {number} added', { label: this.#label(), number: at + 1 });
  }
  override remove(at: number): void {
    super.remove(at);
    this.said = t('{label}: entry {number} removed', { label: this.#label(), number: at + 1 });
    requestAnimationFrame(() => document.getElementById(`${this.#id()}-add`)?.focus());
  }
  override move(from: number, to: number): void {
    super.move(from, to);
    this.said = t('{label}: entry moved to place {number}', { label: this.#label(), number: to + 1 });
  }
}
