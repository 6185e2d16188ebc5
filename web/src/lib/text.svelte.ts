// What the dashboard says, in the reader's language. English is the source and the key:
//   t('Saved')   t('{name} was deleted', { name })   t('{count, plural, one {# entry} other {# entries}}', { count })
// Translations lie in messages/<language>/<area>.json; messages.test.ts holds them complete. Texts that stand in a table
// before they are said are marked with m('…'), so that the test finds them, and said with t() when they are shown.
import { format, type Values } from './message';

export const languages = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español' } as const;
export type Language = keyof typeof languages;

const parts = import.meta.glob<Record<string, string>>('../messages/*/*.json', { import: 'default' });

const known = (tag: string | null | undefined): Language | undefined => {
  const short = tag?.slice(0, 2).toLowerCase();
  return short && short in languages ? (short as Language) : undefined;
};

function chosen(): Language {
  try {
    const kept = known(localStorage.getItem('vitrine.language'));
    if (kept) return kept;
  } catch {
    // A browser without storage follows its own setting.
  }
  return navigator.languages.map(known).find(Boolean) ?? 'en';
}

class Texts {
  #language: Language = $state('en');
  #said: Record<string, string> = $state.raw({});

  get language(): Language {
    return this.#language;
  }

  /** Before the first screen, and whenever somebody chooses. Texts that cannot be loaded are said in English. */
  async speak(language: Language = chosen(), keep = false): Promise<void> {
    const loaders = Object.entries(parts).filter(([path]) => path.includes(`/${language}/`));
    const loaded = await Promise.all(loaders.map(([, load]) => load().catch(() => ({}))));
    this.#said = Object.assign({}, ...loaded) as Record<string, string>;
    this.#language = language;
    document.documentElement.lang = language;
    if (!keep) return;
    try {
      localStorage.setItem('vitrine.language', language);
    } catch {
      // Then it is so until the page is closed.
    }
  }

  say(source: string, values?: Values): string {
    return format(this.#said[source] ?? source, values, this.#language);
  }
}

export const texts = new Texts();
export const t = (source: string, values?: Values): string => texts.say(source, values);
export const m = (source: string): string => source;
