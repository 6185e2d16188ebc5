// One request of the playground at a time: asked about when it writes, sent, answered, remembered.
import { asProblem, type Problem } from './api';
import { changes, send, withoutSecrets, type Answer, type Call, type Remembered } from './calls';
import { playground } from './playground.svelte';

export class Exchange {
  readonly kind: Remembered['kind'];
  answer: Answer | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();
  busy = $state(false);
  /** A request that waits for a yes. */
  waiting: Call | undefined = $state.raw();
  #abort: AbortController | undefined;

  constructor(kind: Remembered['kind']) {
    this.kind = kind;
  }

  async ask(call: Call, writes = changes(call)): Promise<void> {
    if (writes && playground.asks) this.waiting = call;
    else await this.run(call);
  }

  async run(call: Call): Promise<void> {
    this.waiting = undefined;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    this.busy = true;
    try {
      const answer = await send(call, playground.identity, abort.signal);
      if (abort.signal.aborted) return;
      this.answer = answer;
      this.problem = undefined;
      playground.remember({ kind: this.kind, at: Date.now(), method: call.method, ...withoutSecrets(call), status: answer.status });
    } catch (error) {
      if (abort.signal.aborted) return;
      this.answer = undefined;
      this.problem = asProblem(error);
    }
    this.busy = false;
  }

  clear(): void {
    this.#abort?.abort();
    this.busy = false;
    this.answer = undefined;
    this.problem = undefined;
  }
}
