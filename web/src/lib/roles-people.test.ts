import { describe, expect, it } from 'vitest';
import { factorsOf, freshPassword, personState } from './roles-people';
import type { Item } from './types';

const person = (rest: object): Item => ({ _id: 'p', active: true, verified: true, password_changed_at: '2026-01-01T00:00:00Z', last_login_at: null, ...rest }) as Item;

describe('the state of a person', () => {
  it.each([
    [{}, false, 'active'],
    [{ verified: false }, false, 'unverified'],
    [{ password_changed_at: null }, true, 'invited'],
    [{ password_changed_at: null }, false, 'lapsed'],
    [{ password_changed_at: null, last_login_at: '2026-01-01T00:00:00Z' }, false, 'active'],
    [{ active: false }, true, 'disabled'],
  ])('%o, invited %s: %s', (rest, invited, state) => expect(personState(person(rest), invited)).toBe(state));
});

it('second factors', () => expect(factorsOf(person({ totp_enabled: true, passkey_count: 2 }))).toEqual({ codes: true, passkeys: 2 }));

it('a fresh password takes no byte that would favour a sign', () => {
  let asked = 0;
  const password = freshPassword((into) => into.fill((asked += 1) === 1 ? 255 : 31));
  expect(password).toBe('aaaaa-aaaaa-aaaaa-aaaaa');
  expect(asked).toBe(2);
  expect(freshPassword()).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
});
