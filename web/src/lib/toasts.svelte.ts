import { asProblem, type Problem } from './api';

export interface Toast {
  id: number;
  text: string;
  problem?: Problem;
  /** What can still be done about it, while it is shown. */
  action?: { label: string; run: () => void };
}

class Toasts {
  all: Toast[] = $state([]);
  #next = 1;

  say(text: string): void {
    const id = this.#add({ text });
    setTimeout(() => this.close(id), 5000);
  }

  /** Something that can be taken back for a while: "Undo". */
  offer(text: string, label: string, run: () => void, forMs = 10_000): void {
    const id = this.#add({ text, action: { label, run: () => (this.close(id), run()) } });
    setTimeout(() => this.close(id), forMs);
  }

  /** A refusal stays until it is closed: it has a request id to copy. */
  fail(text: string, error: unknown): void {
    this.#add({ text, problem: asProblem(error) });
  }

  close(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.all = [...this.all.slice(-3), { ...toast, id }];
    return id;
  }
}

export const toasts = new Toasts();
