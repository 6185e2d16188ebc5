// Vite plugin: writes third-party.txt, the licences of everything that ends up in the bundle, and
// stops the build when a package appears that nobody has agreed to.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const allowedLicences = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'CC0-1.0']);

// bits-ui brings the rest of its own row.
const agreed = new Set([
  'svelte', 'clsx', 'esm-env',
  'bits-ui', 'runed', 'svelte-toolbelt', 'tabbable', '@floating-ui/core', '@floating-ui/dom', '@floating-ui/utils',
  'style-to-object', 'inline-style-parser', '@internationalized/date', '@swc/helpers', 'lz-string', 'dequal',
  '@lucide/svelte',
  'uplot',
  '@codemirror/autocomplete', '@codemirror/commands', '@codemirror/lang-css', '@codemirror/lang-html', '@codemirror/lang-javascript', '@codemirror/lang-json', '@codemirror/lang-markdown', '@codemirror/language', '@codemirror/lint', '@codemirror/state', '@codemirror/view', '@lezer/common', '@lezer/css', '@lezer/highlight', '@lezer/html', '@lezer/javascript', '@lezer/json', '@lezer/lr', '@lezer/markdown', '@marijn/find-cluster-break', 'crelt', 'style-mod', 'w3c-keyname',
  '@tiptap/core', '@tiptap/extensions', '@tiptap/extension-blockquote', '@tiptap/extension-bold', '@tiptap/extension-code', '@tiptap/extension-code-block', '@tiptap/extension-document', '@tiptap/extension-hard-break', '@tiptap/extension-heading', '@tiptap/extension-horizontal-rule', '@tiptap/extension-image', '@tiptap/extension-italic', '@tiptap/extension-link', '@tiptap/extension-list', '@tiptap/extension-paragraph', '@tiptap/extension-strike', '@tiptap/extension-table', '@tiptap/extension-text', '@tiptap/extension-text-align', '@tiptap/extension-underline', '@tiptap/pm', '@tiptap/starter-kit', 'linkifyjs', 'orderedmap', 'prosemirror-changeset', 'prosemirror-commands', 'prosemirror-dropcursor', 'prosemirror-gapcursor', 'prosemirror-history', 'prosemirror-inputrules', 'prosemirror-keymap', 'prosemirror-model', 'prosemirror-schema-list', 'prosemirror-state', 'prosemirror-tables', 'prosemirror-transform', 'prosemirror-view', 'rope-sequence', 'dompurify', 'marked', '@atlaskit/pragmatic-drag-and-drop', '@babel/runtime', 'bind-event-listener', 'raf-schd',
  '@codemirror/autocomplete', '@codemirror/commands', '@codemirror/lang-json', '@codemirror/lang-markdown', '@codemirror/lang-html', '@codemirror/lang-css', '@codemirror/lang-javascript', '@codemirror/language', '@codemirror/lint', '@codemirror/search', '@codemirror/state', '@codemirror/view', '@lezer/common', '@lezer/css', '@lezer/highlight', '@lezer/html', '@lezer/javascript', '@lezer/json', '@lezer/lr', '@lezer/markdown', '@marijn/find-cluster-break', 'crelt', 'style-mod', 'w3c-keyname',
  'cm6-graphql', 'graphql', 'graphql-language-service', 'debounce-promise', 'nullthrows', 'vscode-languageserver-types',
  'marked',
  'qrcode', 'dijkstrajs',
]);

/** "(MPL-2.0 OR Apache-2.0)" is a choice: one that is in the list is taken. */
const isAllowed = (license) => license.replace(/^\((.*)\)$/, '$1').split(' OR ').some((one) => allowedLicences.has(one));

function packageOf(id) {
  for (let folder = dirname(id.split('?')[0]); folder.includes('node_modules'); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, 'utf8'));
    if (!found.name || !found.version) continue;
    // A package may say it in its licence file only.
    const license = found.license ?? (/^(The )?MIT License/.test(licenceText(folder)) ? 'MIT' : 'unknown');
    return { name: found.name, version: found.version, license, folder };
  }
  return undefined;
}

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').trim() : '';
}

export function thirdParty() {
  return {
    name: 'third-party',
    generateBundle(_options, bundle) {
      const packages = new Map();
      for (const chunk of Object.values(bundle))
        for (const [id, module] of Object.entries(chunk.modules ?? {})) {
          if (!id.includes('node_modules') || module.renderedLength === 0) continue;
          const found = packageOf(id.replace(/^\0/, ''));
          if (found) packages.set(found.name, found);
        }
      const rows = [...packages.values()].sort((a, b) => a.name.localeCompare(b.name));
      for (const { name, license } of rows) {
        if (!agreed.has(name)) this.error(`${name} is in the bundle, but not in the list of scripts/third-party.mjs`);
        if (!isAllowed(license)) this.error(`${name} has the licence ${license}, which is not in the list of scripts/third-party.mjs`);
      }
      const source = rows
        .map(({ name, version, license, folder }) => `${name} ${version} (${license})\n\n${licenceText(folder)}\n`)
        .join(`\n${'-'.repeat(78)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'third-party.txt', source });
    },
  };
}
