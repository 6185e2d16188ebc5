// Passkeys between the browser and the API. What goes in and what comes out is the browser's own JSON.
import { Problem } from './api';
import { t } from './text.svelte';
import type { JsonObject } from './types';

export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function';

/** Browsers say little when somebody closes their window or no key fits; so do we, in words. */
async function asked(work: () => Promise<Credential | null>): Promise<JsonObject> {
  let made: Credential | null;
  try {
    made = await work();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'InvalidStateError') throw new Problem(-1, t('This device has a passkey of yours already'));
    throw new Problem(-1, t('The browser gave no passkey'), t('The request was closed, took too long, or no passkey of this site is on this device.'));
  }
  if (!(made instanceof PublicKeyCredential)) throw new Problem(-1, t('The browser gave no passkey'));
  return made.toJSON() as JsonObject;
}

export const makePasskey = (publicKey: PublicKeyCredentialCreationOptionsJSON): Promise<JsonObject> =>
  asked(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }));

export const usePasskey = (publicKey: PublicKeyCredentialRequestOptionsJSON): Promise<JsonObject> =>
  asked(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }));
