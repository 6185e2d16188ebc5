// A form on its way: sent once at a time, and what the server had against it.
import { asProblem, type Problem } from './api';

export class Sending {
  busy = $state(false);
  problem: Problem | undefined = $state();

  /** What `work` throws stays here as the problem, and is answered. */
  async send(work: () => Promise<unknown>): Promise<Problem | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return undefined;
    } catch (error) {
      return (this.problem = asProblem(error));
    } finally {
      this.busy = false;
    }
  }

  /** Of a field, or of something in it: "/dns" and "/dns/0" are both about dns. */
  faultOf(field: string): string | undefined {
    return this.problem?.faults.find((one) => one.pointer.split('/').includes(field))?.detail;
  }
}
