// What a filter, a column and a sort can name: fields of the item, the ones every item has, and paths through references and sets.
import { widgetOf } from './fields';
import { m, t } from './text.svelte';
import { isObject, labelOf, type Field, type Json, type JsonObject, type Model } from './types';

export type Find = (name: string) => Model | undefined;
const nowhere: Find = () => undefined;

const states: Record<string, string> = { '1': m('Published'), '0': m('Draft'), '-1': m('Archived') };
export const sayState = (state: number): string => t(states[String(state)] ?? String(state));

/** What every item has beside its own fields. */
export function metaFields(): Field[] {
  return [
    { name: '_state', kind: 'select', label: t('State'), options: [1, 0, -1].map((value) => ({ value, label: sayState(value) })) },
    { name: '_created', kind: 'datetime', label: t('Created') },
    { name: '_modified', kind: 'datetime', label: t('Changed') },
    { name: '_id', kind: 'slug', label: t('Id') },
  ];
}

/** Where a field leads when it is walked on: the target's fields, or the members of a set. */
function inside(field: Field, find: Find): Model | undefined {
  if (field.kind === 'ref' || field.kind === 'asset') return typeof field.to === 'string' ? find(field.to) : undefined;
  if (field.kind !== 'set' || !field.fields?.length) return undefined;
  const can = { create: false, update: false, delete: false, publish: false };
  return { name: field.name, label: labelOf(field), shape: 'list', system: true, fields: field.fields, can, display: '' };
}

/** The field at the end of "author.publisher.name", labelled by its way; undefined: no such path, or not for this session. */
export function fieldAt(path: string, model: Model, find: Find = nowhere): Field | undefined {
  const steps = path.split('.');
  const words: string[] = [];
  let here: Model | undefined = model;
  let field: Field | undefined;
  for (const step of steps) {
    if (field) here = inside(field, find);
    const at: Model | undefined = here;
    field = at?.fields.find((one) => one.name === step) ?? (at === model || words.length ? metaFields().find((one) => one.name === step) : undefined);
    if (!field || widgetOf(field) === 'secret') return undefined;
    words.push(labelOf(field));
  }
  return field && steps.length > 1 ? { ...field, label: words.join(' › ') } : field;
}

/** The fields one step behind this one, for whoever builds a path. */
export function fieldsBehind(field: Field, find: Find): Field[] {
  return (inside(field, find)?.fields ?? []).filter((one) => widgetOf(one) !== 'secret');
}

/** The value at the end of a path; through a list, a list. */
export function valueAt(item: JsonObject | { [name: string]: Json | undefined }, path: string): Json | undefined {
  let here: Json | undefined = item as JsonObject;
  for (const step of path.split('.')) {
    if (Array.isArray(here)) here = here.flatMap((one) => (isObject(one) ? [one[step] ?? null] : [])).filter((one) => one !== null);
    else here = isObject(here) ? here[step] : undefined;
  }
  return here;
}
