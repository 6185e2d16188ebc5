// Switching keys off and on again: off counts at once, and for ten seconds one press takes it back.
import * as api from '../../../lib/api';
import type { ApiKey } from '../../../lib/credentials';
import { t } from '../../../lib/text.svelte';
import { toasts } from '../../../lib/toasts.svelte';

/** One after another: the first refusal stops the row, and says of which key. */
async function setDisabled(keys: readonly ApiKey[], disabled: boolean): Promise<void> {
  for (const key of keys) await api.change('api_keys', key._id, { disabled });
}

export async function switchOn(keys: readonly ApiKey[], after: () => void): Promise<void> {
  try {
    await setDisabled(keys, false);
    toasts.say(keys.length === 1 ? t('“{name}” works again', { name: nameOf(keys[0]!) }) : t('{count, plural, one {# key works again} other {# keys work again}}', { count: keys.length }));
  } catch (error) {
    toasts.fail(t('Not switched on'), error);
  }
  after();
}

export async function revoke(keys: readonly ApiKey[], after: () => void): Promise<void> {
  try {
    await setDisabled(keys, true);
    const text = keys.length === 1 ? t('“{name}” was revoked', { name: nameOf(keys[0]!) }) : t('{count, plural, one {# key was revoked} other {# keys were revoked}}', { count: keys.length });
    toasts.offer(text, t('Undo'), () => void switchOn(keys, after));
  } catch (error) {
    toasts.fail(t('Not revoked'), error);
  }
  after();
}

export const nameOf = (key: Pick<ApiKey, 'label' | 'prefix' | 'last4'>): string => key.label || `${key.prefix ?? ''}…${key.last4 ?? ''}`;
