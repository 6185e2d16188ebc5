// What can be done to a rich text: one table for the toolbar and for the menu that "/" opens.
import type { ChainedCommands, Editor } from '@tiptap/core';
import { m } from '../../lib/text.svelte';
import { AlignCenter, AlignRight, Bold, Code, CodeBlock, Heading2, Heading3, Heading4, Image, Italic, Link, List, ListOrdered, Minus, Pilcrow, Quote, Redo, Strike, Table, Underline, Undo } from '../../ui/icons';

export interface Tool {
  name: string;
  label: string;
  icon: typeof Bold;
  /** Tools that belong together stand together. */
  group: number;
  /** In the menu of "/", where blocks are begun. */
  begins?: boolean;
  keys?: string;
  isOn?: (editor: Editor) => boolean;
  may?: (editor: Editor) => boolean;
  /** Without it the control asks something first. */
  run?: (chain: ChainedCommands) => ChainedCommands;
}

const inTable = (editor: Editor): boolean => editor.isActive('table');

export const tools: readonly Tool[] = [
  { name: 'paragraph', label: m('Text'), icon: Pilcrow, group: 0, begins: true, isOn: (editor) => editor.isActive('paragraph'), run: (chain) => chain.setParagraph() },
  { name: 'heading2', label: m('Heading 2'), icon: Heading2, group: 0, begins: true, isOn: (editor) => editor.isActive('heading', { level: 2 }), run: (chain) => chain.toggleHeading({ level: 2 }) },
  { name: 'heading3', label: m('Heading 3'), icon: Heading3, group: 0, begins: true, isOn: (editor) => editor.isActive('heading', { level: 3 }), run: (chain) => chain.toggleHeading({ level: 3 }) },
  { name: 'heading4', label: m('Heading 4'), icon: Heading4, group: 0, begins: true, isOn: (editor) => editor.isActive('heading', { level: 4 }), run: (chain) => chain.toggleHeading({ level: 4 }) },
  { name: 'bold', label: m('Bold'), icon: Bold, group: 1, keys: 'Control+B', isOn: (editor) => editor.isActive('bold'), run: (chain) => chain.toggleBold() },
  { name: 'italic', label: m('Italic'), icon: Italic, group: 1, keys: 'Control+I', isOn: (editor) => editor.isActive('italic'), run: (chain) => chain.toggleItalic() },
  { name: 'underline', label: m('Underlined'), icon: Underline, group: 1, keys: 'Control+U', isOn: (editor) => editor.isActive('underline'), run: (chain) => chain.toggleUnderline() },
  { name: 'strike', label: m('Struck through'), icon: Strike, group: 1, isOn: (editor) => editor.isActive('strike'), run: (chain) => chain.toggleStrike() },
  { name: 'code', label: m('Code in the line'), icon: Code, group: 1, keys: 'Control+E', isOn: (editor) => editor.isActive('code'), run: (chain) => chain.toggleCode() },
  { name: 'link', label: m('Link'), icon: Link, group: 1, isOn: (editor) => editor.isActive('link') },
  { name: 'bullets', label: m('List'), icon: List, group: 2, begins: true, isOn: (editor) => editor.isActive('bulletList'), run: (chain) => chain.toggleBulletList() },
  { name: 'numbers', label: m('Numbered list'), icon: ListOrdered, group: 2, begins: true, isOn: (editor) => editor.isActive('orderedList'), run: (chain) => chain.toggleOrderedList() },
  { name: 'quote', label: m('Quotation'), icon: Quote, group: 2, begins: true, isOn: (editor) => editor.isActive('blockquote'), run: (chain) => chain.toggleBlockquote() },
  { name: 'codeBlock', label: m('Block of code'), icon: CodeBlock, group: 2, begins: true, isOn: (editor) => editor.isActive('codeBlock'), run: (chain) => chain.toggleCodeBlock() },
  { name: 'center', label: m('Centre'), icon: AlignCenter, group: 3, isOn: (editor) => editor.isActive({ textAlign: 'center' }), run: (chain) => chain.toggleTextAlign('center') },
  { name: 'right', label: m('Align to the end'), icon: AlignRight, group: 3, isOn: (editor) => editor.isActive({ textAlign: 'right' }), run: (chain) => chain.toggleTextAlign('right') },
  { name: 'image', label: m('Picture'), icon: Image, group: 4, begins: true },
  { name: 'table', label: m('Table'), icon: Table, group: 4, begins: true, may: (editor) => !inTable(editor), run: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }) },
  { name: 'line', label: m('Line across'), icon: Minus, group: 4, begins: true, run: (chain) => chain.setHorizontalRule() },
  { name: 'undo', label: m('Undo'), icon: Undo, group: 5, keys: 'Control+Z', may: (editor) => editor.can().undo(), run: (chain) => chain.undo() },
  { name: 'redo', label: m('Redo'), icon: Redo, group: 5, keys: 'Control+Shift+Z', may: (editor) => editor.can().redo(), run: (chain) => chain.redo() },
];

/** While the text stands in a table. */
export const tableTools: readonly { name: string; label: string; run: (chain: ChainedCommands) => ChainedCommands }[] = [
  { name: 'rowAfter', label: m('Row below'), run: (chain) => chain.addRowAfter() },
  { name: 'rowGone', label: m('Delete the row'), run: (chain) => chain.deleteRow() },
  { name: 'columnAfter', label: m('Column after'), run: (chain) => chain.addColumnAfter() },
  { name: 'columnGone', label: m('Delete the column'), run: (chain) => chain.deleteColumn() },
  { name: 'tableGone', label: m('Delete the table'), run: (chain) => chain.deleteTable() },
];

/** What was typed after a "/" that begins a word, if the cursor stands behind it. */
export function slashIn(before: string): string | undefined {
  return /(?:^|\s)\/([\p{L}\d]*)$/u.exec(before)?.[1];
}
