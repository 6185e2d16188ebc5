// People as the list shows them: what state an account is in, what it signs in with, and a password that nobody has chosen.
import { m } from './text.svelte';
import type { Item } from './types';

export type PersonState = 'active' | 'unverified' | 'invited' | 'lapsed' | 'disabled';

export const stateNames: Record<PersonState, string> = {
  active: m('Active'),
  unverified: m('Address not verified'),
  invited: m('Invited'),
  lapsed: m('Invitation ended'),
  disabled: m('Disabled'),
};
export const stateTones: Record<PersonState, 'plain' | 'good' | 'warn' | 'danger' | 'accent'> = {
  active: 'good',
  unverified: 'plain',
  invited: 'accent',
  lapsed: 'warn',
  disabled: 'danger',
};

/** `invited`: there is a link for this person that has not been used and holds yet. */
export function personState(person: Item, invited: boolean): PersonState {
  if (person.active === false) return 'disabled';
  if (invited) return 'invited';
  // Who never had a password and never came in by another way was invited once.
  if (!person.password_changed_at && !person.last_login_at) return 'lapsed';
  return person.verified === true ? 'active' : 'unverified';
}

/** What stands behind the password. */
export function factorsOf(person: Item): { codes: boolean; passkeys: number } {
  return { codes: person.totp_enabled === true, passkeys: typeof person.passkey_count === 'number' ? person.passkey_count : 0 };
}

// Without letters and digits that are taken for each other.
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Four groups of five: 99 bits, and can be read out on the telephone. */
export function freshPassword(fill: (into: Uint8Array) => Uint8Array = (into) => crypto.getRandomValues(into)): string {
  let text = '';
  const bytes = new Uint8Array(64);
  while (text.length < 20)
    for (const byte of fill(bytes)) if (byte < signs.length * 8 && text.length < 20) text += signs[byte % signs.length];
  return text.match(/.{5}/g)!.join('-');
}
