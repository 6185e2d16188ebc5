// A code field that scrolls has to be reachable by keyboard; what is typed into says so itself.
import type { Extension } from '@codemirror/state';

export async function reachable(): Promise<Extension[]> {
  const { EditorView } = await import('@codemirror/view');
  return [EditorView.contentAttributes.of({ tabindex: '0' })];
}
