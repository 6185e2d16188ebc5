import { prefs } from './prefs.svelte';

/** Whether a single letter is a command now: no field has the focus, no dialog or menu is open. */
export function isCommand(event: KeyboardEvent): boolean {
  if (!prefs.keys || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest('input, textarea, select, [contenteditable], [role="menu"], [role="listbox"]')) return false;
  return !document.querySelector('[role="dialog"], [role="alertdialog"]');
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const mod = isMac ? '⌘' : 'Ctrl';
