// An entry in several languages is edited as one flat form: a localised field is as many fields as there are languages, each with
// a name of its own. What was changed goes to the server in one request, with locale=all (docs/translate.md).
import { request } from './api';
import { isEmpty } from './fields';
import { isObject, labelOf, type Field, type Json, type JsonObject, type Model } from './types';

export interface Language {
  code: string;
  standard: boolean;
}

const between = '@@';
export const nameIn = (name: string, language: string): string => `${name}${between}${language}`;
/** "title@@de/0" -> ["title", "de", "/0"]; a field that is the same in every language has none. */
export function partsOf(place: string): { name: string; language: string; rest: string } {
  const [first = '', ...rest] = place.split('/');
  const [name = '', language = ''] = first.split(between);
  return { name, language, rest: rest.length ? `/${rest.join('/')}` : '' };
}

export const isLocalized = (model: Model): boolean => model.fields.some((field) => field.localized);

/** The languages that the reader may see. Nothing is counted: the condition holds for no item. */
export async function languagesOf(model: Model): Promise<Language[]> {
  if (!isLocalized(model)) return [];
  const path = `/api/content/models/${encodeURIComponent(model.name)}/languages`;
  const { data } = await request<{ languages: Language[] }>(path, { query: { filter: '{"_id":"0"}' } });
  return [...data.languages].sort((a, b) => Number(b.standard) - Number(a.standard)).map(({ code, standard }) => ({ code, standard }));
}

export const standardOf = (languages: readonly Language[]): string => (languages.find((one) => one.standard) ?? languages[0])?.code ?? '';

/** The fields of the form. */
export function expand(model: Model, languages: readonly Language[]): Field[] {
  if (!languages.length) return model.fields;
  const localized = new Set(model.fields.filter((field) => field.localized).map((field) => field.name));
  const standard = standardOf(languages);
  return model.fields.flatMap((field) => {
    if (!field.localized) return [field];
    return languages.map(({ code }): Field => {
      const from = field.kind === 'slug' ? field.from || model.display : field.from;
      const { default: initial, ...rest } = field;
      return {
        ...rest,
        name: nameIn(field.name, code),
        label: labelOf(field),
        language: code,
        required: field.required === true && code === standard,
        ...(from ? { from: localized.has(from) ? nameIn(from, code) : from } : {}),
        ...(initial !== undefined && code === standard ? { default: initial } : {}),
      };
    });
  });
}

/** The fields of the form by the name that they have in the model, then by language. */
export function byLanguage(fields: readonly Field[]): Map<string, Map<string, Field>> {
  const out = new Map<string, Map<string, Field>>();
  for (const field of fields) {
    if (!field.language) continue;
    const { name } = partsOf(field.name);
    out.set(name, (out.get(name) ?? new Map<string, Field>()).set(field.language, field));
  }
  return out;
}

/** An item as it was read with locale=all, in the fields of the form. */
export function flatten(fields: readonly Field[], item: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    fields.map((field) => {
      if (!field.language) return [field.name, item[field.name] ?? null];
      const all = item[partsOf(field.name).name];
      return [field.name, isObject(all) ? (all[field.language] ?? null) : null];
    }),
  );
}

/** And back: members of one language become members of a map. */
export function unflatten(values: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [place, value] of Object.entries(values)) {
    const { name, language } = partsOf(place);
    if (!language) out[name] = value;
    else out[name] = { ...(isObject(out[name]) ? out[name] : {}), [language]: value };
  }
  return out;
}

/** Of the fields that say something in some language: how many say something in this one. */
export function completeness(fields: readonly Field[], values: JsonObject, language: string): { done: number; of: number } {
  const said = new Set<string>();
  const here = new Set<string>();
  for (const field of fields) {
    if (!field.language || isEmpty(values[field.name])) continue;
    const { name } = partsOf(field.name);
    said.add(name);
    if (field.language === language) here.add(name);
  }
  return { done: here.size, of: said.size };
}

const rightToLeft = new Set(['ar', 'arc', 'ckb', 'dv', 'fa', 'he', 'ku', 'nqo', 'ps', 'sd', 'syr', 'ug', 'ur', 'yi']);
export const directionOf = (code: string): 'rtl' | 'ltr' => (rightToLeft.has(code.split('-')[0]!.toLowerCase()) ? 'rtl' : 'ltr');

/** "German" to an English reader; a code that no browser knows stays what it is. */
export function languageName(code: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
