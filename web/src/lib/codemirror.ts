// One way to open a code field; everything of CodeMirror is behind this file, in a chunk of its own.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { markdown } from '@codemirror/lang-markdown';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, linter } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export interface Opened {
  value: string;
  language: 'json' | 'markdown' | 'text';
  readonly: boolean;
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

export function open(parent: HTMLElement, how: Opened): EditorView {
  const byLanguage: Record<Opened['language'], Extension[]> = {
    json: [json(), ...(how.readonly ? [] : [linter(jsonParseLinter()), lintGutter()])],
    markdown: [markdown(), EditorView.lineWrapping],
    text: [],
  };
  const run = { key: 'Mod-Enter', run: () => (how.onrun(), true) };
  return new EditorView({
    parent,
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
        EditorView.contentAttributes.of(how.attributes),
        EditorState.readOnly.of(how.readonly),
        EditorView.updateListener.of((update) => update.docChanged && how.onchange(update.state.doc.toString())),
        ...byLanguage[how.language],
        ...how.extensions,
      ],
    }),
  });
}
