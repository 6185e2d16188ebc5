// Words for what the builder shows in several places.
import { sortOf, type Definition, type Sort } from '../../lib/models';
import { m } from '../../lib/text.svelte';

export const sortNames: Record<Sort, string> = {
  list: m('List'),
  tree: m('Tree'),
  single: m('Single'),
  component: m('Component'),
  view: m('Filtered view'),
};

export const sortInfos: Record<Sort, string> = {
  list: m('Any number of entries, like posts or products.'),
  tree: m('Entries below each other, in an order of their own, like pages.'),
  single: m('Exactly one entry, like the settings of a site.'),
  component: m('No entries: a group of fields that other models use.'),
  view: m('Shows entries of another collection, chosen by a filter.'),
};

export const labelOf = (definition: Definition): string => definition.label || definition.name;
export const sortName = (definition: Definition): string => sortNames[sortOf(definition)];

/** A file for the person, as the command line would write it. */
export function saveJson(name: string, what: unknown): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(what, null, 2)}\n`], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
