// Addresses under /admin/. A guard can hold the reader back (unsaved changes), also on the back button.
export const base = '/admin';

type Guard = () => boolean | Promise<boolean>;

interface Place {
  /** Without the base, always with a leading slash. */
  path: string;
  search: string;
}

const inside = (pathname: string): string => {
  const rest = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  return rest.startsWith('/') ? rest : `/${rest}`;
};

class Router {
  #place: Place = $state({ path: inside(location.pathname), search: location.search });
  #guard: Guard | undefined;
  #index = 0;
  /** False until something was left: on the first page the focus stays at the top of the document. */
  moved = false;
  /** Set while we undo a step that a guard refused. */
  #ignoreNext = false;

  constructor() {
    const kept: unknown = history.state?.index;
    this.#index = typeof kept === 'number' ? kept : 0;
    history.replaceState({ index: this.#index }, '');
    addEventListener('popstate', (event) => void this.#popped(event));
  }

  get path(): string {
    return this.#place.path;
  }
  get search(): string {
    return this.#place.search;
  }

  /** This place with some of its query changed; what has no value goes from it. */
  withQuery(changes: Record<string, string | undefined>, path = this.path): string {
    const next = new URLSearchParams(this.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const query = next.toString();
    return path + (query ? `?${query}` : '');
  }

  /** One screen at a time may hold the reader back. Returns the way to let go. */
  guard(guard: Guard): () => void {
    this.#guard = guard;
    return () => {
      if (this.#guard === guard) this.#guard = undefined;
    };
  }

  /** Goes to "/content/posts?page=2". Answers whether it did. */
  async go(to: string, how: { replace?: boolean; force?: boolean } = {}): Promise<boolean> {
    const [path = '/', search = ''] = to.split(/(?=\?)/, 2);
    const stays = path === this.#place.path;
    if (!stays && !how.force && this.#guard && !(await this.#guard())) return false;
    const url = `${base}${path}${search}`;
    if (how.replace) {
      history.replaceState({ index: this.#index }, '', url);
    } else {
      this.#index += 1;
      history.pushState({ index: this.#index }, '', url);
    }
    this.#show();
    return true;
  }

  #show(): void {
    this.moved = true;
    this.#place = { path: inside(location.pathname), search: location.search };
  }

  async #popped(event: PopStateEvent): Promise<void> {
    const to: unknown = event.state?.index;
    const index = typeof to === 'number' ? to : 0;
    if (this.#ignoreNext) {
      this.#ignoreNext = false;
      return;
    }
    const steps = index - this.#index;
    const stays = inside(location.pathname) === this.#place.path;
    if (this.#guard && !stays && steps !== 0) {
      const answer = this.#guard();
      if (answer === false || typeof answer === 'object') {
        // Back to where we were until the question is answered; then the step is made again.
        this.#ignoreNext = true;
        history.go(-steps);
        if (!(await answer)) return;
        this.#guard = undefined;
        history.go(steps);
        return;
      }
    }
    this.#index = index;
    this.#show();
  }
}

export const router = new Router();

export const href = (path: string): string => base + path;

/** Plain clicks on links of the dashboard stay in the page; everything else is the browser's. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(`${base}/`) || link.hash) return;
  event.preventDefault();
  void router.go(inside(link.pathname) + link.search);
}

/** Where to go after signing in: only a path of ours, never another site. */
export function safeNext(next: string | null): string {
  if (!next || !/^\/(?![/\\])[\w\-./~%?=&,+:@!$'()*;{}"[\]]*$/.test(next) || next.startsWith('/sign-in') || next.startsWith('/setup'))
    return '/';
  return next;
}
