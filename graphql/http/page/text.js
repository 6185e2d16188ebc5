// What a document in GraphQL looks like: tokens, colours, a tidy form. Everything is put in as text, nothing as markup.

const shapes = [
  ['space', /[\s,\uFEFF]+/y],
  ['comment', /#[^\r\n]*/y],
  ['string', /"""(?:\\"""|[^])*?(?:"""|$)/y],
  ['string', /"(?:\\[^\r\n]|[^"\\\r\n])*"?/y],
  ['variable', /\$[_A-Za-z][_0-9A-Za-z]*/y],
  ['variable', /@[_A-Za-z][_0-9A-Za-z]*/y],
  ['number', /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y],
  ['name', /[_A-Za-z][_0-9A-Za-z]*/y],
  ['mark', /\.\.\.|[!&()|:=[\]{}$@]/y],
];
const words = new Set(['query', 'mutation', 'subscription', 'fragment', 'on', 'true', 'false', 'null']);

/** [{kind, text, at}], all of the text; what is no token is 'bad'. */
export function tokens(text) {
  const list = [];
  for (let at = 0; at < text.length; ) {
    const found = shapes.map(([kind, shape]) => {
      shape.lastIndex = at;
      return [kind, shape.exec(text)?.[0]];
    }).find(([, piece]) => piece);
    const [kind, piece] = found ?? ['bad', text[at]];
    list.push({ kind: kind === 'name' && words.has(piece) ? 'word' : kind, text: piece, at });
    at += piece.length;
  }
  return list;
}

/** Fills an element with coloured text; long texts stay plain. */
export function colour(element, text, isJson) {
  if (text.length > 200_000) {
    element.textContent = text;
    return;
  }
  const list = tokens(text);
  const pieces = list.map(({ kind, text: piece }, i) => {
    if (kind === 'space' || kind === 'mark') return piece;
    const span = document.createElement('span');
    const isKey = isJson && kind === 'string' && list[i + 1]?.text === ':';
    span.className = `t-${isKey ? 'name' : kind}`;
    span.textContent = piece;
    return span;
  });
  element.replaceChildren(...pieces);
}

/** The names of its operations, '' for one without. */
export function operations(text) {
  const names = [];
  const list = tokens(text).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  let depth = 0;
  let isOpen = false; // a definition has begun, its selections have not
  for (const [i, { text: piece }] of list.entries()) {
    if ('{(['.includes(piece)) {
      if (depth === 0 && piece === '{' && !isOpen) names.push({ name: '', at: list[i].at });
      if (piece === '{' && depth === 0) isOpen = false;
      depth++;
    } else if ('})]'.includes(piece)) depth--;
    else if (depth === 0 && !isOpen && ['query', 'mutation', 'subscription', 'fragment'].includes(piece)) {
      isOpen = true;
      const next = list[i + 1];
      const isNamed = next && (next.kind === 'name' || next.kind === 'word');
      if (piece !== 'fragment') names.push({ name: isNamed ? next.text : '', at: list[i].at });
    }
  }
  return names;
}

// What stands between two tokens among arguments: nothing, a blank or a comma.
function among(before, here) {
  if (')]:!('.includes(here) || '(['.includes(before)) return '';
  if (here === '}' && before === '{') return '';
  if ('{:='.includes(before) || '}='.includes(here) || here[0] === '@') return ' ';
  return ', ';
}

// … and outside of them; a line break stands for one at the present depth.
function between(before, here, depth) {
  if (!before || before === '\n' || here === '(' || here === ':') return '';
  if (here === '{' || here[0] === '@' || before === ':' || before === 'on') return ' ';
  if (before === '...') return here === 'on' ? ' ' : '';
  return depth ? '\n' : ' ';
}

/** The same document, laid out: a line for each selection, arguments beside their field. */
export function tidy(text) {
  let out = '';
  let depth = 0; // of selections
  let inside = 0; // arguments, and lists and objects in them
  let before = '';
  let end = 0; // of the token before
  const line = () => `\n${'  '.repeat(depth)}`;
  const put = (gap, piece) => {
    out += (gap === '\n' ? line() : gap) + piece;
    before = piece;
  };
  for (const { kind, text: piece, at } of tokens(text)) {
    if (kind === 'space') continue;
    if (kind === 'comment') {
      const isOwn = before !== '\n' && /[\r\n]/.test(text.slice(end, at));
      put(isOwn ? '\n' : before === '\n' || !before ? '' : ' ', piece);
      out += line();
      before = '\n';
    } else if (inside || piece === '(') {
      put(inside ? among(before, piece) : '', piece);
      if (piece === '(' || '[{'.includes(piece)) inside++;
      else if (')]}'.includes(piece)) inside--;
    } else if (piece === '{') {
      depth++;
      put(before && before !== '\n' ? ' ' : '', `{${line()}`);
      before = '\n';
    } else if (piece === '}') {
      depth = Math.max(0, depth - 1);
      out = out.trimEnd();
      put('\n', depth ? '}' : '}\n\n');
      before = depth ? '}' : '\n';
    } else {
      put(between(before, piece, depth), piece);
    }
    end = at + piece.length;
  }
  return `${out.trim()}\n`;
}
