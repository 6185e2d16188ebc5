// The schema, to look things up: a list of types, and one type with links to the next. Text only, no markup.
import { innermost, typeName } from './schema.js';

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  if (className) element.className = className;
  return element;
}

const sorts = [
  ['Objects', 'OBJECT'],
  ['One of several', 'INTERFACE', 'UNION'],
  ['Inputs', 'INPUT_OBJECT'],
  ['Enums', 'ENUM'],
  ['Scalars', 'SCALAR'],
];

export function drawDocs({ place, trail, find }) {
  let schema;
  let way = []; // names of types, the last one is shown

  const link = (name, shown = name) => {
    const button = make('button', shown, 'link');
    button.type = 'button';
    button.addEventListener('click', () => go([...way, name]));
    return button;
  };
  const ofType = (ref) => (schema.types.has(innermost(ref)) ? link(innermost(ref), typeName(ref)) : make('code', typeName(ref)));

  function said(item) {
    const notes = [];
    if (item.description) notes.push(make('span', item.description, 'doc'));
    if (item.isDeprecated) notes.push(make('span', `Deprecated: ${item.deprecationReason ?? ''}`, 'doc'));
    return notes;
  }

  function drawInput(input) {
    const row = make('li');
    row.append(make('code', `${input.name}: `), ofType(input.type));
    if (input.defaultValue !== null) row.append(make('code', ` = ${input.defaultValue}`));
    row.append(...said(input));
    return row;
  }

  function drawField(field) {
    const row = make('li');
    row.append(make('code', `${field.name}: `), ofType(field.type), ...said(field));
    if (field.args.length) {
      const more = make('details');
      const list = make('ul');
      list.append(...field.args.map(drawInput));
      more.append(make('summary', `${field.args.length} argument${field.args.length > 1 ? 's' : ''}`), list);
      row.append(more);
    }
    return row;
  }

  function drawList(title, rows) {
    if (!rows.length) return [];
    const list = make('ul');
    list.append(...rows);
    return [make('h4', title), list];
  }

  const named = (refs) => (refs ?? []).map((ref) => {
    const row = make('li');
    row.append(link(ref.name));
    return row;
  });

  function drawType(type) {
    place.append(make('h3', type.name), make('p', type.kind.toLowerCase().replaceAll('_', ' ') + (type.isOneOf ? ', exactly one of' : '')), ...said(type));
    place.append(
      ...drawList('Implements', named(type.interfaces)),
      ...drawList('One of', named(type.possibleTypes)),
      ...drawList('Fields', (type.fields ?? []).map(drawField)),
      ...drawList('Members', (type.inputFields ?? []).map(drawInput)),
      ...drawList('Values', (type.enumValues ?? []).map((value) => {
        const row = make('li');
        row.append(make('code', value.name), ...said(value));
        return row;
      })),
    );
  }

  function drawAll() {
    const wanted = find.value.trim().toLowerCase();
    const roots = Object.values(schema.roots).filter(Boolean);
    const fits = (type) => type.name.toLowerCase().includes(wanted) || (type.fields ?? []).some((field) => field.name.toLowerCase().includes(wanted));
    const others = [...schema.types.values()].filter((type) => !roots.includes(type) && (wanted || !type.name.startsWith('__')));
    if (schema.description && !wanted) place.append(make('p', schema.description));
    const shown = others.filter((type) => !wanted || fits(type)).sort((a, b) => a.name.localeCompare(b.name));
    place.append(...drawList('To begin with', named(roots.filter((type) => !wanted || fits(type)))));
    for (const [title, ...kinds] of sorts) place.append(...drawList(title, named(shown.filter(({ kind }) => kinds.includes(kind)))));
    if (!place.childNodes.length) place.append(make('p', 'Nothing has this name.'));
  }

  function draw() {
    place.replaceChildren();
    trail.replaceChildren();
    if (!schema) return;
    if (way.length) {
      const all = make('button', 'All types', 'link');
      all.type = 'button';
      all.addEventListener('click', () => go([]));
      trail.append(all, ...way.slice(-3, -1).map((name) => link(name)));
      drawType(schema.types.get(way.at(-1)));
    } else drawAll();
  }

  function go(next) {
    way = next;
    draw();
    if (way.length) trail.querySelector('button')?.focus();
  }

  find.addEventListener('input', () => {
    way = [];
    draw();
  });
  return {
    show(next) {
      schema = next;
      way = way.filter((name) => schema.types.has(name));
      draw();
    },
    tell(sentence) {
      schema = undefined;
      place.replaceChildren(make('p', sentence));
      trail.replaceChildren();
    },
  };
}
