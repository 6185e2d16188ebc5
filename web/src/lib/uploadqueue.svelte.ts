// The files that are on their way. They go on while other screens are looked at, two at a time.
import * as api from './api';
import type { Problem } from './api';
import { byHash } from './assets';
import { sha256 } from './sha256';
import type { Item } from './types';
import { giveUp, upload } from './uploads';

type State = 'waiting' | 'looking' | 'known' | 'sending' | 'paused' | 'done' | 'failed';

const places = 'vitrine.uploads';

/** Where uploads of this browser stand, by the digest of their bytes: after a reload the same file goes on where it was. */
function kept(): [string, string][] {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(places) ?? '[]');
    return Array.isArray(all) ? all.filter((one): one is [string, string] => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'string') : [];
  } catch {
    return [];
  }
}
function keep(key: string, at: string | undefined): void {
  const others = kept().filter(([one]) => one !== key);
  try {
    localStorage.setItem(places, JSON.stringify(at ? [...others, [key, at]].slice(-20) : others));
  } catch {
    // Then an upload that was cut off begins anew.
  }
}

export class Sending {
  readonly file: File;
  readonly folder: string;
  readonly id = crypto.getRandomValues(new Uint32Array(2)).join('-');
  state: State = $state('waiting');
  sent = $state(0);
  problem: Problem | undefined = $state.raw();
  /** The one that came out of it, or the one that was there already. */
  asset: Item | undefined = $state.raw();
  hash = '';
  at: string | undefined;
  abort: AbortController | undefined;

  constructor(file: File, folder: string) {
    this.file = file;
    this.folder = folder;
  }
  get key(): string {
    return `${this.hash}/${this.folder}`;
  }
}

class Queue {
  all: Sending[] = $state([]);
  /** Counts what came out of it, for listings to look again. */
  arrived = $state(0);

  add(files: Iterable<File>, folder: string): void {
    for (const file of files) this.all.push(new Sending(file, folder));
    this.#next();
  }

  pause(one: Sending): void {
    one.state = 'paused';
    one.abort?.abort();
    this.#next();
  }
  resume(one: Sending): void {
    one.state = 'waiting';
    one.problem = undefined;
    this.#next();
  }
  /** Send it although its bytes are there. */
  anyway(one: Sending): void {
    one.asset = undefined;
    void this.#send(one);
  }
  /** Takes it off the list; what arrived of it is forgotten by the server, too. */
  remove(one: Sending): void {
    const unfinished = one.state !== 'done' && one.state !== 'known';
    this.all = this.all.filter((other) => other !== one);
    one.abort?.abort();
    if (unfinished && one.at) void giveUp(one.at).catch(() => undefined);
    if (unfinished && one.hash) keep(one.key, undefined);
    this.#next();
  }
  clear(): void {
    this.all = this.all.filter((one) => one.state !== 'done' && one.state !== 'known');
  }

  #next(): void {
    const busy = this.all.filter((one) => one.state === 'looking' || one.state === 'sending').length;
    for (const one of this.all.filter((other) => other.state === 'waiting').slice(0, Math.max(0, 2 - busy))) void this.#run(one);
  }

  async #run(one: Sending): Promise<void> {
    one.state = 'looking';
    one.abort = new AbortController();
    const { signal } = one.abort;
    if (!one.hash) {
      try {
        const hash = await sha256(one.file, signal);
        const known = await byHash(hash, signal).catch(() => undefined);
        if (signal.aborted) return;
        one.hash = hash;
        if (known) {
          one.asset = known;
          one.state = 'known';
          return this.#next();
        }
      } catch (error) {
        if (!signal.aborted) this.#failed(one, error);
        return;
      }
    }
    await this.#send(one);
  }

  async #send(one: Sending): Promise<void> {
    one.state = 'sending';
    const abort = (one.abort = new AbortController());
    try {
      one.asset = await upload(one.file, {
        folder: one.folder || undefined,
        at: one.at ?? kept().find(([key]) => key === one.key)?.[1],
        signal: abort.signal,
        onprogress: (sent) => (one.sent = sent),
        onaddress: (at) => {
          one.at = at;
          keep(one.key, at);
        },
      });
      keep(one.key, undefined);
      one.state = 'done';
      this.arrived += 1;
      this.#next();
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(one, error);
    }
  }

  #failed(one: Sending, error: unknown): void {
    one.problem = api.asProblem(error);
    one.state = 'failed';
    // What the server refused it has forgotten; another try begins anew.
    if (one.problem.status >= 400 && one.problem.status < 500) {
      one.at = undefined;
      keep(one.key, undefined);
    }
    this.#next();
  }
}

export const queue = new Queue();
