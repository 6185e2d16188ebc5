// Choices of this browser. public/boot.js reads the first two before the page is painted.
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'normal' | 'compact' | 'roomy';

function load<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  try {
    const kept = localStorage.getItem(`vitrine.${name}`);
    return allowed.find((one) => one === kept) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function save(name: string, value: string): void {
  try {
    localStorage.setItem(`vitrine.${name}`, value);
  } catch {
    // A browser without storage forgets, and works.
  }
}

class Preferences {
  #theme: Theme = $state(load('theme', ['system', 'light', 'dark'], 'system'));
  #density: Density = $state(load('density', ['normal', 'compact', 'roomy'], 'normal'));
  #keys: 'on' | 'off' = $state(load('keys', ['on', 'off'], 'on'));

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    save('theme', theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }

  get density(): Density {
    return this.#density;
  }
  set density(density: Density) {
    this.#density = density;
    save('density', density);
    document.documentElement.dataset.density = density;
  }

  /** Single-letter shortcuts can be off (WCAG 2.1.4). */
  get keys(): boolean {
    return this.#keys === 'on';
  }
  set keys(on: boolean) {
    this.#keys = on ? 'on' : 'off';
    save('keys', this.#keys);
  }

  columns(model: string): string[] | undefined {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(`vitrine.columns.${model}`) ?? 'null');
      return Array.isArray(kept) && kept.every((one) => typeof one === 'string') ? kept : undefined;
    } catch {
      return undefined;
    }
  }
  keepColumns(model: string, columns: readonly string[]): void {
    save(`columns.${model}`, JSON.stringify(columns));
  }
}

export const prefs = new Preferences();
