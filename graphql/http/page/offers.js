// What can stand where the cursor is: fields, arguments, members, values, types, by the schema.
import { innermost, typeName } from './schema.js';
import { tokens } from './text.js';

/** [{text, about}] and how many letters before the cursor they take the place of. */
export function offersAt(schema, text, cursor) {
  const list = tokens(text.slice(0, cursor)).filter(({ kind }) => kind !== 'space');
  if (['comment', 'string', 'number'].includes(list.at(-1)?.kind)) return { begun: 0, offers: [] };
  const isName = (token) => token && (token.kind === 'name' || token.kind === 'word') && token.at + token.text.length === cursor;
  const begun = isName(list.at(-1)) ? list.pop().text : '';
  const place = walk(schema, list);
  const fits = allOf(schema, place, list).filter(({ text: name }) => name.toLowerCase().startsWith(begun.toLowerCase()) && name !== begun);
  return { begun: begun.length, offers: fits.slice(0, 100) };
}

const fieldOf = (type, name) => type?.fields?.find((field) => field.name === name);

/** The innermost place that is open: a selection of a type, arguments, an object, or a list of values. */
function walk(schema, list) {
  const named = (ref) => schema.types.get(innermost(ref));
  const open = [{ sort: 'document' }];
  let root = schema.roots.query;
  let field;
  let input;
  for (const [i, { kind, text }] of list.entries()) {
    const here = open.at(-1);
    const before = list[i - 1]?.text;
    if (kind === 'name' || kind === 'word') {
      if (here.sort === 'document') {
        root = schema.roots[text] ?? (before === 'on' ? schema.types.get(text) : root);
      } else if (here.sort === 'selection') {
        if (before === 'on' && list[i - 2]?.text === '...') field = { type: { name: text } };
        else if (before !== '...' && before !== 'on') field = fieldOf(here.type, text) ?? field;
      } else if (here.inputs && before !== ':') {
        input = here.inputs.find((one) => one.name === text);
      }
    } else if (text === '{') {
      if (here.sort === 'document') open.push({ sort: 'selection', type: root });
      else if (here.sort === 'selection') open.push({ sort: 'selection', type: before === '...' ? here.type : named(field?.type) });
      else open.push({ sort: 'object', inputs: named(here.item ?? input?.type)?.inputFields ?? [], item: undefined });
      if (here.sort === 'document') root = schema.roots.query;
    } else if (text === '(') {
      open.push({ sort: here.sort === 'document' ? 'variables' : 'arguments', inputs: here.sort === 'document' ? undefined : field?.args ?? [] });
    } else if (text === '[') {
      open.push({ sort: 'list', item: here.item ?? input?.type });
    } else if ('}])'.includes(text) && open.length > 1) {
      open.pop();
    }
  }
  return { ...open.at(-1), input };
}

function allOf(schema, place, list) {
  const last = list.at(-1)?.text;
  const shown = (items) => (items ?? []).map((item) => ({ text: item.name, about: typeName(item.type) }));
  if (place.sort === 'selection') {
    if (last === '...') return [{ text: 'on', about: '' }];
    if (last === 'on' && list.at(-2)?.text === '...') return composites(schema, place.type);
    return place.type ? [...shown(place.type.fields), { text: '__typename', about: 'String!' }] : [];
  }
  if (last === ':' && place.sort === 'variables') return inputs(schema);
  if (place.sort === 'list' || last === ':') return values(schema, place.sort === 'list' ? place.item : place.input?.type);
  if (place.inputs) return shown(place.inputs);
  if (place.sort === 'document') return last === 'on' ? composites(schema) : ['query', 'mutation', 'fragment'].map((text) => ({ text, about: '' }));
  return [];
}

function values(schema, ref) {
  const type = schema.types.get(innermost(ref));
  if (type?.name === 'Boolean') return ['true', 'false'].map((text) => ({ text, about: 'Boolean' }));
  return (type?.enumValues ?? []).map((value) => ({ text: value.name, about: type.name }));
}

function composites(schema, within) {
  const possible = within?.possibleTypes?.map(({ name }) => name);
  const all = [...schema.types.values()].filter(({ kind, name }) => ['OBJECT', 'INTERFACE', 'UNION'].includes(kind) && !name.startsWith('__'));
  return all.filter(({ name }) => !possible || possible.includes(name)).map(({ name, kind }) => ({ text: name, about: kind.toLowerCase() }));
}

function inputs(schema) {
  const all = [...schema.types.values()].filter(({ kind, name }) => ['SCALAR', 'ENUM', 'INPUT_OBJECT'].includes(kind) && !name.startsWith('__'));
  return all.map(({ name, kind }) => ({ text: name, about: kind.toLowerCase().replace('_', ' ') }));
}
