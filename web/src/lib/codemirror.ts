// One way to open a code field; everything of CodeMirror is behind this file, in a chunk of its own. It stands in a shadow root: there
// its styles are adopted sheets, which the content policy lets through, and not <style> elements, which it does not.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, defineLanguageFacet, foldGutter, foldKeymap, HighlightStyle, indentOnInput, Language, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, linter } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The bare parser: the language package brings HTML, CSS and JavaScript along, 100 kB for colours inside of fences. */
async function markdown(): Promise<Extension> {
  const { parser } = await import('@lezer/markdown');
  return new Language(defineLanguageFacet(), parser, [], 'markdown').extension;
}

export interface Opened {
  value: string;
  language: 'json' | 'markdown' | 'text';
  readonly: boolean;
  /** Of the element that is typed into. Ids mean nothing in a shadow root: names and descriptions are given as text. */
  attributes: Record<string, string>;
  extensions: Extension[];
  onrun: () => void;
  onchange: (text: string) => void;
}

// Names of tokens of app.css: both themes come with them.
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--accent-text)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.keyword, tags.definitionKeyword], color: 'var(--accent-text)', fontWeight: '600' },
  { tag: [tags.comment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.heading], fontWeight: '640' },
  { tag: [tags.emphasis], fontStyle: 'italic' },
  { tag: [tags.strong], fontWeight: '640' },
  { tag: [tags.invalid], color: 'var(--danger)' },
]);

const look = EditorView.theme({
  '&': { fontSize: 'var(--small)', backgroundColor: 'transparent', color: 'var(--text)', maxHeight: '60vh' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { minHeight: '4.5em', caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--muted)', border: '0' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', border: '1px solid var(--line)', borderRadius: '8px', color: 'var(--text)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--accent-text)' },
});

const attributes = new Compartment();

/** Names, descriptions and faults change while somebody types. */
export function describe(view: EditorView, next: Record<string, string>): void {
  view.dispatch({ effects: attributes.reconfigure(EditorView.contentAttributes.of(next)) });
}

/** Those that are large come when they are wanted. */
async function languageOf(how: Opened): Promise<Extension[]> {
  if (how.language === 'json') return [json(), ...(how.readonly ? [] : [linter(checked), lintGutter()])];
  if (how.language === 'markdown') return [await markdown(), EditorView.lineWrapping];
  return [];
}

/** An empty field has no JSON in it, which is no fault. */
const parsed = jsonParseLinter();
const checked = (view: EditorView): ReturnType<typeof parsed> => (view.state.doc.toString().trim() ? parsed(view) : []);

export async function open(parent: HTMLElement, how: Opened): Promise<EditorView> {
  const language = await languageOf(how);
  // The label's target is the host; focus goes on to the text.
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open', delegatesFocus: true });
  const run = { key: 'Mod-Enter', run: () => (how.onrun(), true) };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: how.value,
      extensions: [
        lineNumbers(),
        foldGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        syntaxHighlighting(colours),
        look,
        keymap.of([run, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, indentWithTab]),
        attributes.of(EditorView.contentAttributes.of(how.attributes)),
        EditorState.readOnly.of(how.readonly),
        EditorView.updateListener.of((update) => update.docChanged && how.onchange(update.state.doc.toString())),
        ...language,
        ...how.extensions,
      ],
    }),
  });
  // Else it would be the first thing that takes the focus, and typing would go nowhere.
  view.scrollDOM.removeAttribute('tabindex');
  return view;
}
