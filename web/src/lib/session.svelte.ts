// Who is signed in and what they may see.
import * as api from './api';
import type { Methods, Pending, Problem, SignedIn } from './api';
import { adoptTaste } from './account';
import type { Component, Field, Model, User } from './types';

/** enrolling: a role asks for a second factor, and until there is one nothing else may be done. */
type Phase = 'starting' | 'failed' | 'setup' | 'anonymous' | 'enrolling' | 'inside';

class Session {
  phase: Phase = $state('starting');
  problem: Problem | undefined = $state();
  user: User | undefined = $state();
  models: Model[] = $state.raw([]);
  modelsProblem: Problem | undefined = $state();
  /** The session ended while somebody was working: the dialog asks for the password, the form stays. */
  expired = $state(false);
  /** A fresh proof is asked for; what was being done waits. */
  stale = $state(false);
  offline = $state(false);
  /** The ways in, as the server told at the start. */
  methods: Methods = $state.raw({ setup: false, password: true });
  /** The first administrator was made a moment ago, in this page. */
  fresh = $state(false);
  #waiting: ((again: boolean) => void)[] = [];
  #unproven: ((again: boolean) => void)[] = [];

  async start(): Promise<void> {
    this.phase = 'starting';
    this.problem = undefined;
    try {
      const [me, methods] = await Promise.all([api.me(), api.methods()]);
      this.methods = methods;
      if (me.kind === 'user' && me.user) await this.#enter(me.user, me.session?.must_enrol);
      else this.phase = methods.setup ? 'setup' : 'anonymous';
    } catch (error) {
      this.problem = api.asProblem(error);
      this.phase = 'failed';
    }
  }

  async #enter(user: User, mustEnrol = false): Promise<void> {
    this.user = user;
    if (mustEnrol) {
      this.phase = 'enrolling';
      return;
    }
    await this.loadModels();
    this.phase = 'inside';
  }

  async loadModels(): Promise<void> {
    try {
      this.models = (await api.models()).map(tidy);
      this.modelsProblem = undefined;
    } catch (error) {
      this.modelsProblem = api.asProblem(error);
    }
  }

  /** Signed in, in whatever way. Answers what is asked for beside it; undefined: inside. */
  async arrive(answer: SignedIn | Pending): Promise<Pending | undefined> {
    if (api.isPending(answer)) return answer;
    const me = await api.me();
    const mustEnrol = me.session?.must_enrol ?? false;
    if (!mustEnrol) await adoptTaste(answer.user._id);
    await this.#enter(answer.user, mustEnrol);
    return undefined;
  }

  async login(user: string, password: string): Promise<Pending | undefined> {
    return this.arrive(await api.login(user, password));
  }

  async second(pending: Pending, proof: Parameters<typeof api.second>[1]): Promise<void> {
    await this.arrive(await api.second(pending.pending, proof));
  }

  async setup(body: Parameters<typeof api.setup>[0]): Promise<void> {
    const answer = await api.setup(body);
    this.fresh = true;
    await this.#enter(answer.user);
  }

  async logout(): Promise<void> {
    await api.logout();
    this.leave();
  }

  leave(): void {
    this.expired = false;
    void this.prove();
    this.user = undefined;
    this.models = [];
    this.phase = 'anonymous';
    this.#settle(false);
  }

  /** The same person again: waiting requests go on. Another person gets a fresh page. */
  async resume(password: string): Promise<Pending | undefined> {
    const answer = await api.login(this.user?.email || this.user?.name || '', password);
    if (api.isPending(answer)) return answer;
    this.#resumed(answer.user);
    return undefined;
  }

  async resumeSecond(pending: Pending, proof: Parameters<typeof api.second>[1]): Promise<void> {
    this.#resumed((await api.second(pending.pending, proof)).user);
  }

  #resumed(user: User): void {
    const before = this.user;
    this.expired = false;
    if (user._id !== before?._id) location.reload();
    this.#settle(true);
  }

  waitForPerson(): Promise<boolean> {
    if (this.phase !== 'inside') return Promise.resolve(false);
    this.expired = true;
    return new Promise((done) => this.#waiting.push(done));
  }

  waitForProof(): Promise<boolean> {
    if (this.phase !== 'inside') return Promise.resolve(false);
    this.stale = true;
    return new Promise((done) => this.#unproven.push(done));
  }

  /** undefined: never mind. */
  async prove(proof?: Parameters<typeof api.stepUp>[0]): Promise<void> {
    if (proof) await api.stepUp(proof);
    this.stale = false;
    for (const done of this.#unproven.splice(0)) done(proof !== undefined);
  }

  #settle(again: boolean): void {
    for (const done of this.#waiting.splice(0)) done(again);
  }

  model(name: string): Model | undefined {
    return this.models.find((model) => model.name === name);
  }
}

const nothing = { create: false, update: false, delete: false, publish: false };

type Answered = Omit<Field, 'to'> & { opts?: Partial<Field> | null; to?: string | string[] | null };

/**
 * A definition in Cockpit's spelling keeps its details in `opts`. Fields that hold components get the fields of these. `within` says
 * which components it stands in: what would hold itself ends there.
 */
function flatten(field: Answered, components: readonly Component[], within: readonly string[] = []): Field {
  const { opts, to, ...rest } = field;
  const several = Array.isArray(to) && to.length > 1;
  const one = Array.isArray(to) ? (several ? null : (to[0] ?? null)) : (to ?? (field.kind === 'asset' ? 'assets' : null));
  const flat: Field = { ...opts, ...rest, to: one, ...(several ? { targets: to } : {}) };
  const inside = (fields: readonly Field[], name?: string): Field[] => fields.map((member) => flatten(member, components, name ? [...within, name] : within));
  if (flat.fields) return { ...flat, fields: inside(flat.fields) };
  const names = (Array.isArray(flat.of) ? flat.of : flat.of ? [flat.of] : []).filter((name) => !within.includes(name));
  const held = names.flatMap((name) => components.find((component) => component.name === name) ?? []);
  if (flat.kind === 'component') return { ...flat, fields: held.flatMap((component) => inside(component.fields, component.name)) };
  if (flat.kind === 'blocks')
    return { ...flat, blocks: held.map((component) => ({ ...component, label: component.label || component.name, fields: inside(component.fields, component.name) })) };
  return flat;
}

/** What an older or a terser server leaves out. */
function tidy(model: Model): Model {
  const fields = (model.fields ?? []).filter((field) => !field.name.startsWith('_')).map((field) => flatten(field, model.components ?? []));
  return {
    ...model,
    label: model.label || model.name,
    shape: model.shape ?? 'list',
    fields,
    can: { ...nothing, ...model.can },
    display: model.display || fields[0]?.name || '_id',
  };
}

export const session = new Session();

let probe: ReturnType<typeof setTimeout> | undefined;

api.setHooks({
  expired: () => session.waitForPerson(),
  stale: () => session.waitForProof(),
  reachable: (yes) => {
    session.offline = !yes;
    clearTimeout(probe);
    if (!yes) probe = setTimeout(() => void api.methods().catch(() => undefined), 4000);
  },
});
