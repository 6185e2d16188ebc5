// Saves by itself what is typed: a second after the last key, one request at a time, the next one with everything that came meanwhile.
// Typing never waits for it.
import { asProblem, type Problem } from './api';

export type SaveState = 'clean' | 'waiting' | 'saving' | 'offline' | 'refused' | 'conflict';

export interface Saving {
  /** Whether anything is there to be sent. */
  dirty: () => boolean;
  /** Sends all of it; throws a Problem. */
  send: () => Promise<void>;
  /** Somebody else was faster. True: it is settled, go on. */
  settle: () => Promise<boolean>;
  delay?: number;
}

export class Saver {
  state: SaveState = $state('clean');
  problem: Problem | undefined = $state.raw();
  savedAt: Date | undefined = $state.raw();
  readonly #how: Saving;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since: number | undefined;
  #flight: Promise<boolean> | undefined;

  constructor(how: Saving) {
    this.#how = how;
  }

  /** Something was typed. While there is a conflict it waits for an answer. */
  touched(): void {
    if (!this.#how.dirty()) {
      if (!this.#flight && this.state !== 'conflict') this.state = 'clean';
      return;
    }
    if (this.state === 'conflict') return;
    if (this.state !== 'saving') this.state = this.state === 'offline' ? 'offline' : 'waiting';
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    const delay = this.#how.delay ?? 1000;
    // Whoever never pauses is saved all the same.
    this.#since ??= Date.now();
    this.#timer = setTimeout(() => void this.flush(), Math.max(0, Math.min(delay, this.#since + 10 * delay - Date.now())));
  }

  /** Now, and everything. Whether all of it is stored. */
  flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#since = undefined;
    this.#flight ??= this.#run().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  /** After a pause in which nothing should be sent, or an answer to a conflict. */
  resume(): void {
    this.state = 'waiting';
    this.touched();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get busy(): boolean {
    return this.#flight !== undefined;
  }

  async #run(): Promise<boolean> {
    // Typing goes on while a request is under way; what came meanwhile is the next one.
    for (let settled = 0; this.#how.dirty(); ) {
      this.state = 'saving';
      try {
        await this.#how.send();
        this.savedAt = new Date();
        this.problem = undefined;
      } catch (error) {
        const problem = asProblem(error);
        if (problem.status === 412 && settled < 5 && (await this.#settled())) {
          settled += 1;
          continue;
        }
        return this.#failed(problem);
      }
    }
    this.state = 'clean';
    return true;
  }

  async #settled(): Promise<boolean> {
    return this.#how.settle().catch(() => false);
  }

  #failed(problem: Problem): boolean {
    this.problem = problem;
    this.state = problem.status === 412 ? 'conflict' : problem.status === 0 ? 'offline' : 'refused';
    if (this.state === 'offline') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.flush(), 5000);
    }
    return false;
  }
}
