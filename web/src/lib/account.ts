// One's own account, and the ways in beside the password. What ends other sessions renews this one: its token is kept.
import { keepToken, request, type Options, type Pending, type SignedIn } from './api';
import { makePasskey, usePasskey } from './passkeys';
import { prefs, type Theme } from './prefs.svelte';
import { languages, texts, type Language } from './text.svelte';
import type { Item, JsonObject } from './types';

/** Recovery codes come with the first second factor, once. */
type Renewed = Partial<SignedIn> & { recovery_codes?: string[] };

async function renewed(path: string, method: string, body?: unknown): Promise<Renewed> {
  const options: Options = { method };
  if (body !== undefined) options.body = body;
  const { data } = await request<Renewed | undefined>(path, options);
  return keepToken(data ?? {});
}

export const changeAccount = async (patch: JsonObject): Promise<void> => void (await request('/api/auth/me', { method: 'PATCH', body: patch }));
export const changePassword = (current: string, wanted: string): Promise<Renewed> => renewed('/api/auth/password', 'PUT', { current, new: wanted });
export const endOtherSessions = (): Promise<Renewed> => renewed('/api/auth/sessions/end-all', 'POST', {});

export const beginTotp = async (): Promise<{ secret: string; uri: string }> =>
  (await request<{ secret: string; uri: string }>('/api/auth/totp/begin', { method: 'POST', body: {} })).data;
export const confirmTotp = (code: string): Promise<Renewed> => renewed('/api/auth/totp/confirm', 'POST', { code });
export const endTotp = (): Promise<Renewed> => renewed('/api/auth/totp', 'DELETE');
export const newRecoveryCodes = (): Promise<Renewed> => renewed('/api/auth/recovery-codes', 'POST', {});

export async function addPasskey(label: string): Promise<Renewed> {
  const { data } = await request<{ publicKey: PublicKeyCredentialCreationOptionsJSON }>('/api/auth/passkeys/begin', { method: 'POST', body: {} });
  return renewed('/api/auth/passkeys/finish', 'POST', { label, credential: await makePasskey(data.publicKey) });
}
export const endPasskey = (id: string): Promise<Renewed> => renewed(`/api/auth/passkeys/${encodeURIComponent(id)}`, 'DELETE');

// ------ on the way in: nobody is signed in yet

async function arriving<T extends object>(path: string, body: unknown): Promise<T> {
  const { data } = await request<T | undefined>(path, { method: 'POST', body, anonymous: true });
  return keepToken((data ?? {}) as T & { csrf?: string });
}

/** The passkey's answer, for a second step (`pending`) or a fresh proof. */
/** What was typed for a second factor. */
export const proofOf = (code: string, recovery: boolean): { code: string } | { recovery: string } => (recovery ? { recovery: code.trim() } : { code: code.trim() });

export async function provePasskey(pending?: string): Promise<JsonObject> {
  type Begun = { publicKey: PublicKeyCredentialRequestOptionsJSON };
  return usePasskey((await arriving<Begun>('/api/auth/passkey/begin', pending ? { pending } : {})).publicKey);
}
export const signInByPasskey = async (): Promise<SignedIn> => arriving<SignedIn>('/api/auth/passkey/finish', { credential: await provePasskey() });

export const askForReset = (email: string): Promise<object> => arriving('/api/auth/reset', { email });
export const askForMagic = (email: string): Promise<object> => arriving('/api/auth/magic', { email });
export const askForVerify = async (): Promise<void> => void (await request('/api/auth/verify', { method: 'POST', body: {} }));

export const acceptInvitation = (token: string, name: string, password: string): Promise<SignedIn | Pending> =>
  arriving('/api/auth/accept', { token, password, ...(name ? { name } : {}) });
export const confirmReset = (token: string, password: string): Promise<object> => arriving('/api/auth/reset/confirm', { token, password });
export const confirmMagic = (token: string): Promise<SignedIn | Pending> => arriving('/api/auth/magic/confirm', { token });
export const confirmVerify = async (token: string): Promise<void> => void (await request('/api/auth/verify/confirm', { method: 'POST', body: { token } }));

// ------ taste

/** The dashboard's "system" is the API's "auto". */
export const themeWord = (theme: Theme): string => (theme === 'system' ? 'auto' : theme);

/** Language and theme of somebody who comes in by a browser that has no choice of its own yet. */
export async function adoptTaste(id: string): Promise<void> {
  const kept = (name: string): boolean => localStorage.getItem(`vitrine.${name}`) !== null;
  try {
    if (kept('language') && kept('theme')) return;
    const { data } = await request<Item>(`/api/content/item/users/${encodeURIComponent(id)}`, { query: { fields: 'language,theme' } });
    const language = typeof data.language === 'string' ? data.language.slice(0, 2) : '';
    if (!kept('language') && language in languages) await texts.speak(language as Language, true);
    if (!kept('theme') && (data.theme === 'light' || data.theme === 'dark')) prefs.theme = data.theme;
  } catch {
    // Taste is never worth a failed sign-in.
  }
}
