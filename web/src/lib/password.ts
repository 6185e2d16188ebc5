// A hint while typing, no gate: the server has the last word. Length counts most, as it should.
import { t } from './text.svelte';

/** The first administrator's, and everybody else's. */
export const shortest = 12;
export const shortestOwn = 8;

const common = new Set(
  ('password passwort letmein welcome administrator iloveyou qwertyuiop changeme sunshine football baseball ' +
    'superman batman dragon monkey princess trustno1 master hello freedom whatever starwars vitrine secret ' +
    'passwordpassword passw letmeinplease welcomeback correcthorsebatterystaple iloveyousomuch mypassword newpassword ' +
    'testtest testpassword changemenow default guest login access shadow michael jordan harley ranger hunter killer ' +
    'charlie andrew thomas liverpool arsenal chelsea barcelona realmadrid pokemon minecraft computer internet samsung ' +
    'summer winter spring autumn hallo willkommen geheim schatz bonjour motdepasse azerty soleil hola contrasena qwertz').split(' '),
);

export interface Strength {
  score: 0 | 1 | 2 | 3 | 4;
  word: string;
  hint: string;
}

export function strengthOf(password: string, about: readonly string[] = [], least = shortest): Strength {
  if (!password) return { score: 0, word: '', hint: t('At least {count} characters. A few unrelated words work well.', { count: least }) };
  const length = [...password].length;
  if (length < least) return { score: 0, word: t('Too short'), hint: t('{count, plural, one {# more character needed.} other {# more characters needed.}}', { count: least - length }) };
  const lower = password.toLowerCase();
  const letters = lower.replace(/[^a-z]/g, '');
  const distinct = new Set(lower).size;
  if (distinct <= 4 || common.has(letters) || isRun(lower))
    return { score: 1, word: t('Easy to guess'), hint: t('It is a common word, a repetition or a row of keys.') };
  if (about.some((part) => part.length > 3 && lower.includes(part.toLowerCase())))
    return { score: 1, word: t('Easy to guess'), hint: t('It contains your name or e-mail address.') };
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  const bits = length + distinct / 2 + kinds * 2;
  if (bits < 22) return { score: 2, word: t('Fair'), hint: t('A few more characters make it good.') };
  if (bits < 30) return { score: 3, word: t('Quite good'), hint: '' };
  return { score: 4, word: t('Strong'), hint: '' };
}

function isRun(text: string): boolean {
  const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890123456789', 'qwertyuiopasdfghjklzxcvbnm', '1qaz2wsx3edc4rfv5tgb'];
  return rows.some((row) => row.includes(text) || [...row].reverse().join('').includes(text));
}
