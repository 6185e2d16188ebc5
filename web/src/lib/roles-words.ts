// Roles in plain words: what a rule says, what changed, and what a verb is called.
import { describe, fromFilter } from './filter';
import { names } from './names.svelte';
import { fieldsSaid, type Grant, type RightChange } from './roles';
import { count, list, moment } from './say';
import { session } from './session.svelte';
import { m, t } from './text.svelte';
import { humanise, labelOf, type Field, type Json, type JsonObject, type Model } from './types';

const verbNames: Record<string, string> = { read: m('Read'), create: m('Create'), update: m('Update'), delete: m('Delete'), publish: m('Publish'), '*': m('Everything') };
export const verbName = (verb: string): string => (verbNames[verb] ? t(verbNames[verb]) : humanise(verb));

/** What a condition may be compared with instead of a value. */
export const variables: { name: string; label: string }[] = [
  { name: '$user', label: m('the person who asks') },
  { name: '$role', label: m('a role of who asks') },
  { name: '$key', label: m('the key that is used') },
  { name: '$ip', label: m('the address of who asks') },
  { name: '$now', label: m('the present moment') },
];
const variableName = (value: string): string | undefined => {
  const found = variables.find((one) => one.name === value);
  return found && t(found.label);
};

const authors: Field[] = [
  { name: '_cby', kind: 'ref', to: 'users', label: m('Created by') },
  { name: '_mby', kind: 'ref', to: 'users', label: m('Changed by') },
];

/** A collection with what rules may speak of besides its fields. */
export const forRules = (model: Model): Model => ({ ...model, fields: [...model.fields, ...authors.map((field) => ({ ...field, label: t(field.label!) }))] });

export function collectionName(name: string): string {
  if (name === '*') return t('All content of the site');
  if (name.includes('*')) return t('Collections named {pattern}', { pattern: name });
  return session.model(name)?.label ?? name;
}

/** A name that stands for something, also for a variable. */
export const nameFor = (model: string, id: string): string | undefined => variableName(id) ?? names.get(model, id);

export function filterWords(filter: Json | null, model: Model | undefined): string {
  if (filter === null) return t('all entries');
  if (!model) return JSON.stringify(filter);
  const wide = forRules(model);
  return fromFilter(filter, wide)
    .map((chip) => {
      const said = 'op' in chip && typeof chip.value === 'string' ? variableName(chip.value) : undefined;
      return said && 'op' in chip ? describe({ ...chip, value: said }, wide) : describe(chip, wide, nameFor);
    })
    .join(` ${t('and')} `);
}

export const labels = (fields: readonly string[], model: Model | undefined): string =>
  list(fields.map((name) => {
    const field = model?.fields.find((one) => one.name === name);
    return field ? labelOf(field) : name;
  }));

export function fieldWords(fields: readonly string[] | null, model: Model | undefined): string {
  const said = fieldsSaid(fields, model);
  if (said.kind === 'all') return t('all fields');
  return said.kind === 'but' ? t('all fields but {names}', { names: labels(said.names, model) }) : t('only the fields {names}', { names: labels(said.names, model) });
}

/** A value that is set, by its name where it is a reference. */
export function valueWords(name: string, value: Json, model: Model | undefined): string {
  const to = model?.fields.find((field) => field.name === name)?.to;
  return (typeof value === 'string' && (variableName(value) ?? (to ? names.get(to, value) : undefined))) || JSON.stringify(value);
}

const presetWords = (preset: JsonObject, model: Model | undefined): string =>
  list(Object.entries(preset).map(([name, value]) => `${labels([name], model)} = ${valueWords(name, value, model)}`));

/** Each condition of a rule, one text each; none: everything. */
export function ruleWords(grant: Grant, model: Model | undefined): string[] {
  const out: string[] = [];
  if (grant.where) out.push(t('entries where {filter}', { filter: filterWords(grant.where, model) }));
  if (grant.fields) out.push(fieldWords(grant.fields, model));
  if (grant.check) out.push(t('afterwards {filter}', { filter: filterWords(grant.check, model) }));
  if (grant.preset) out.push(t('sets {values}', { values: presetWords(grant.preset, model) }));
  if (grant.locales) out.push(t('only in {languages}', { languages: list(grant.locales) }));
  if (grant.addresses) out.push(t('only from {addresses}', { addresses: list(grant.addresses) }));
  if (grant.valid_from) out.push(t('from {time}', { time: moment(grant.valid_from) }));
  if (grant.valid_until) out.push(t('until {time}', { time: moment(grant.valid_until) }));
  return out;
}

export function rulesWords(grants: readonly Grant[], model: Model | undefined): string {
  if (grants.length === 0) return t('nothing');
  return grants.map((grant) => ruleWords(grant, model).join('; ') || t('everything, without conditions')).join(` — ${t('or')} — `);
}

/** "Public gains Read on Pages". */
export function changeWords(change: RightChange, role: string): string {
  const values = { role, verb: verbName(change.verb), collection: collectionName(change.collection) };
  if (change.kind === 'gains') return t('{role} gains “{verb}” on {collection}', values);
  if (change.kind === 'loses') return t('{role} loses “{verb}” on {collection}', values);
  return t('“{verb}” of {role} on {collection} changes', values);
}

/** What a change of reading means in entries. */
export function countWords(before: number, after: number, everybody: boolean): string {
  const more = after - before;
  if (more === 0) return t('{count, plural, one {# entry} other {# entries}} as before', { count: after });
  if (more < 0) return t('{count, plural, one {# entry disappears} other {# entries disappear}}; {left} stay visible', { count: -more, left: count(after) });
  return everybody
    ? t('{count, plural, one {# entry becomes} other {# entries become}} visible to everybody', { count: more })
    : t('{count, plural, one {# entry becomes} other {# entries become}} visible', { count: more });
}
