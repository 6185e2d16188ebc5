// An entry that was just made gets an address of its own, and with it another screen. What was typed while it was made, and where
// the cursor was, go from one to the other.
import type { Editing } from './editing.svelte';

let waiting: { model: string; editing: Editing; focus: string; selection: [number, number] | undefined } | undefined;

type Field = HTMLInputElement | HTMLTextAreaElement;
const isField = (element: Element | null): element is Field => element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;

export function handOver(model: string, editing: Editing): void {
  const active = document.activeElement;
  const at = isField(active) ? active.selectionStart : null;
  waiting = { model, editing, focus: active?.id ?? '', selection: isField(active) && at !== null ? [at, active.selectionEnd ?? at] : undefined };
}

export function takeOver(model: string, id: string | undefined): Editing | undefined {
  const found = waiting?.model === model && waiting.editing.id === id ? waiting : undefined;
  waiting = undefined;
  if (!found) return undefined;
  requestAnimationFrame(() => {
    const control = found.focus ? document.getElementById(found.focus) : null;
    control?.focus();
    if (found.selection && isField(control)) control.setSelectionRange(...found.selection);
  });
  return found.editing;
}
