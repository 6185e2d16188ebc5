// What is wrong with what was typed.
import { t } from './text.svelte';

/** Nothing is no JSON, and nothing wrong. */
export function faultOfJson(text: string): string | undefined {
  if (!text.trim()) return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return t('This is not JSON.');
  }
}
