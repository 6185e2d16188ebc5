// The page at /graphql: what is written is sent, what comes back is shown. Keys stay in this page and are never kept.
import { drawDocs } from './docs.js';
import { offersAt } from './offers.js';
import { fetchSchema, innermost } from './schema.js';
import { colour, operations, tidy } from './text.js';

const $ = (id) => document.getElementById(id);
const [editor, shown, variables, headers, answer, told, key] = ['document', 'shown', 'variables', 'headers', 'answer', 'told', 'key'].map($);
const kept = 'vitrine.graphql';
const first = '{\n  __typename\n}\n';
let session; // {csrf} of somebody signed in at the dashboard
let schema;
let running;

// ---- asking

function given() {
  const list = {};
  for (const line of headers.value.split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) list[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return list;
}

/** A key or token that was typed counts alone; else the session of the dashboard. */
function credential() {
  const secret = key.value.trim();
  if (!secret) return { credentials: 'same-origin', by: session?.csrf ? { 'X-CSRF-Token': session.csrf } : {} };
  return { credentials: 'omit', by: secret.startsWith('ey') ? { Authorization: `Bearer ${secret}` } : { 'api-key': secret } };
}

async function ask(request, signal) {
  const { credentials, by } = credential();
  const response = await fetch(location.pathname, {
    method: 'POST',
    signal,
    credentials,
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json;q=0.9', 'GraphQL-Preflight': '1', ...by, ...given() },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  let result;
  try {
    result = JSON.parse(text);
  } catch {
    result = undefined;
  }
  return { status: response.status, text, result };
}

function requestNow() {
  const said = variables.value.trim();
  const request = { query: editor.value };
  if (said) request.variables = JSON.parse(said);
  const names = operations(editor.value);
  if (names.length > 1) request.operationName = $('operation').value;
  return request;
}

function show(text, isJson = true) {
  colour(answer, text, isJson);
  answer.scrollTop = 0;
}

async function run() {
  running?.abort();
  running = new AbortController();
  let request;
  try {
    request = requestNow();
  } catch (error) {
    told.textContent = `The variables are not JSON: ${error.message}`;
    variables.focus();
    return;
  }
  told.textContent = 'Running …';
  const since = performance.now();
  try {
    const { status, text, result } = await ask(request, running.signal);
    const faults = result?.errors?.length ?? 0;
    told.textContent = `${status}${faults ? `, ${faults} error${faults > 1 ? 's' : ''}` : ''}, ${Math.round(performance.now() - since)} ms, ${text.length.toLocaleString('en')} bytes`;
    show(result === undefined ? text : JSON.stringify(result, null, 2), result !== undefined);
    remember();
  } catch (error) {
    if (error.name === 'AbortError') return;
    told.textContent = `The server could not be reached: ${error.message}`;
  }
}

// ---- editing

function refresh() {
  colour(shown, `${editor.value}\n`);
  shown.scrollTop = editor.scrollTop;
  const names = operations(editor.value).map(({ name }) => name).filter(Boolean);
  const select = $('operation');
  const chosen = select.value;
  $('which').hidden = names.length < 2;
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
  save('now', { document: editor.value, variables: variables.value });
}

/** Puts a text in place of what is there; the browser's own undo keeps working where it can. */
function put(from, to, text) {
  editor.focus();
  editor.setSelectionRange(from, to);
  if (!document.execCommand?.('insertText', false, text)) {
    editor.setRangeText(text, from, to, 'end');
    refresh();
  }
}

function indent(event) {
  const { selectionStart: at, value } = editor;
  const line = value.slice(value.lastIndexOf('\n', at - 1) + 1, at);
  const blanks = /^\s*/.exec(line)[0] + (/[{(]\s*$/.test(line) ? '  ' : '');
  const closes = /[{(]\s*$/.test(line) && /^\s*[})]/.test(value.slice(at));
  event.preventDefault();
  put(at, editor.selectionEnd, `\n${blanks}${closes ? `\n${blanks.slice(2)}` : ''}`);
  if (closes) editor.setSelectionRange(at + 1 + blanks.length, at + 1 + blanks.length);
}

// ---- offers

const list = $('offers');
let offered = { begun: 0, offers: [] };
let chosen = 0;

function hideOffers() {
  list.hidden = true;
  editor.removeAttribute('aria-activedescendant');
}

function drawOffers() {
  list.replaceChildren(
    ...offered.offers.map(({ text, about }, i) => {
      const item = document.createElement('li');
      item.id = `offer-${i}`;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', String(i === chosen));
      const type = document.createElement('span');
      type.textContent = about;
      item.append(text, type);
      item.addEventListener('mousedown', (event) => {
        event.preventDefault();
        chosen = i;
        take();
      });
      return item;
    }),
  );
  list.hidden = offered.offers.length === 0;
  if (list.hidden) return hideOffers();
  editor.setAttribute('aria-activedescendant', `offer-${chosen}`);
  list.children[chosen].scrollIntoView({ block: 'nearest' });
}

function placeOffers() {
  const before = editor.value.slice(0, editor.selectionStart).split('\n');
  const height = parseFloat(getComputedStyle(editor).lineHeight) || 20;
  const top = Math.min(before.length * height + 14 - editor.scrollTop, editor.clientHeight - 40);
  list.style.top = `${Math.max(top, 20)}px`;
  list.style.left = `${Math.min(before.at(-1).length * 7.2 + 12, editor.clientWidth * 0.5)}px`;
}

function offer() {
  if (!schema) return;
  offered = offersAt(schema, editor.value, editor.selectionStart);
  chosen = 0;
  placeOffers();
  drawOffers();
}

function take() {
  const at = editor.selectionStart;
  put(at - offered.begun, at, offered.offers[chosen].text);
  hideOffers();
}

const moves = { ArrowDown: 1, ArrowUp: -1 };
function whileOffered(event) {
  if (event.key in moves) chosen = (chosen + moves[event.key] + offered.offers.length) % offered.offers.length;
  else if (event.key === 'Enter') take();
  else if (event.key === 'Escape') hideOffers();
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (!list.hidden) drawOffers();
}

editor.addEventListener('keydown', (event) => {
  if (!list.hidden) whileOffered(event);
  if (event.defaultPrevented) return;
  if (event.key === ' ' && event.ctrlKey) {
    event.preventDefault();
    offer();
  } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !event.shiftKey) indent(event);
});
editor.addEventListener('input', (event) => {
  refresh();
  const isLetter = event.inputType === 'insertText' && /^[_A-Za-z]$/.test(event.data ?? '');
  if (isLetter || (!list.hidden && event.inputType === 'deleteContentBackward')) offer();
  else hideOffers();
});
editor.addEventListener('blur', hideOffers);
editor.addEventListener('scroll', () => {
  shown.scrollTop = editor.scrollTop;
});
variables.addEventListener('input', refresh);

function tidyUp() {
  if (editor.value.trim()) put(0, editor.value.length, tidy(editor.value));
}
$('run').addEventListener('click', run);
$('tidy').addEventListener('click', tidyUp);
addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.key === 'Enter') run();
  else if (event.shiftKey && event.key.toLowerCase() === 'f') tidyUp();
  else return;
  event.preventDefault();
});

// ---- what was run before: in this browser alone, without keys and headers

function load(name, standard) {
  try {
    return JSON.parse(localStorage.getItem(`${kept}.${name}`)) ?? standard;
  } catch {
    return standard;
  }
}

function save(name, value) {
  try {
    localStorage.setItem(`${kept}.${name}`, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: then nothing is kept.
  }
}

function remember() {
  const entry = { document: editor.value, variables: variables.value, at: Date.now() };
  const others = load('history', []).filter((old) => old.document !== entry.document || old.variables !== entry.variables);
  save('history', [entry, ...others].slice(0, 30));
  drawHistory();
}

function drawHistory() {
  const rows = load('history', []).map((entry) => {
    const row = document.createElement('li');
    const button = document.createElement('button');
    const when = document.createElement('time');
    button.type = 'button';
    button.className = 'link';
    button.textContent = entry.document.trim();
    button.addEventListener('click', () => {
      put(0, editor.value.length, entry.document);
      variables.value = entry.variables ?? '';
      refresh();
    });
    when.dateTime = new Date(entry.at).toISOString();
    when.textContent = new Date(entry.at).toLocaleString();
    row.append(button, when);
    return row;
  });
  $('history').replaceChildren(...rows);
}
$('forget').addEventListener('click', () => {
  save('history', []);
  drawHistory();
});

// ---- tabs

const tabs = [...document.querySelectorAll('[role="tab"]')];
function choose(tab) {
  for (const one of tabs) {
    one.setAttribute('aria-selected', String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    $(one.getAttribute('aria-controls')).hidden = one !== tab;
  }
}
for (const [i, tab] of tabs.entries()) {
  tab.addEventListener('click', () => choose(tab));
  tab.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(i + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}

// ---- who asks

const docs = drawDocs({ place: $('schema'), trail: $('trail'), find: $('find') });

async function meet() {
  try {
    const response = await fetch('/api/auth/me', { headers: { Accept: 'application/json' } });
    session = response.ok ? await response.json() : undefined;
  } catch {
    session = undefined;
  }
}

/** Something to begin with, while nothing else was written: the first list of the schema. */
function begin() {
  const isList = ({ type, args }) => type.kind === 'NON_NULL' && type.ofType.kind === 'LIST' && args.some(({ name }) => name === 'limit');
  const lists = schema.roots.query.fields.filter(isList);
  const list = lists.find(({ name }) => !/^asset/.test(name)) ?? lists[0];
  const fields = schema.types.get(innermost(list?.type))?.fields ?? [];
  const plain = fields.filter(({ type, args }) => !args.length && ['SCALAR', 'ENUM'].includes(schema.types.get(innermost(type))?.kind));
  const shown = [...plain.filter(({ name }) => name === '_id'), ...plain.filter(({ name }) => !name.startsWith('_')).slice(0, 4)];
  if (editor.value !== first || !shown.length) return;
  editor.value = `{\n  ${list.name}(limit: 5) {\n${shown.map(({ name }) => `    ${name}\n`).join('')}  }\n}\n`;
  refresh();
}

async function learn() {
  const name = session?.user?.name ?? session?.user?.user ?? session?.user?.email;
  try {
    schema = await fetchSchema(ask);
    docs.show(schema);
    begin();
    $('who').textContent = key.value ? 'With a key' : name ? `Signed in as ${name}` : 'Without a credential: what everybody may see';
  } catch (error) {
    schema = undefined;
    docs.tell(error.message);
    $('who').textContent = 'The schema could not be read';
  }
}

/** A link goes without a key: then the text is fetched and shown here. */
$('sdl').addEventListener('click', async (event) => {
  if (!key.value.trim()) return;
  event.preventDefault();
  const { credentials, by } = credential();
  const response = await fetch(event.target.href, { credentials, headers: by });
  told.textContent = `${response.status}, the schema as text`;
  show(await response.text(), false);
});

let waiting;
$('credential').addEventListener('submit', (event) => {
  event.preventDefault();
  learn();
});
key.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(learn, 400);
});

const asked = new URLSearchParams(location.hash.slice(1));
const before = load('now', {});
editor.value = asked.get('query') ?? (before.document?.trim() ? before.document : first);
variables.value = asked.get('variables') ?? before.variables ?? '';
refresh();
drawHistory();
await meet();
await learn();
