// The part of ICU's message format that we use: {name}, {count, plural, one {# entry} other {# entries}} and
// {kind, select, a {…} other {…}}; '#' is the count. Unknown names stay as they are.
export type Values = Record<string, string | number>;

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function pluralOf(language: string, count: number): string {
  let rule = rules.get(language);
  if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
  return rule.select(count);
}

export function number(language: string, value: number): string {
  let form = numbers.get(language);
  if (!form) numbers.set(language, (form = new Intl.NumberFormat(language)));
  return form.format(value);
}

/** Where the brace that opens at `from` is closed. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && (depth -= 1) === 0) return i;
  }
  return -1;
}

function branches(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{', at);
    const end = open < 0 ? -1 : closing(text, open);
    if (end < 0) break;
    found.set(text.slice(at, open).trim(), text.slice(open + 1, end));
    at = end + 1;
  }
  return found;
}

function placeholder(inside: string, values: Values, language: string): string {
  const [name = '', kind = '', rest = ''] = inside.split(/,([^,]*),(.*)/s).map((part) => part.trim());
  const value = values[name];
  if (value === undefined) return `{${inside}}`;
  if (!kind) return typeof value === 'number' ? number(language, value) : value;
  const found = branches(rest);
  const branch =
    kind === 'plural' && typeof value === 'number'
      ? (found.get(`=${value}`) ?? found.get(pluralOf(language, value)) ?? found.get('other') ?? '')
      : (found.get(String(value)) ?? found.get('other') ?? '');
  const counted = kind === 'plural' && typeof value === 'number' ? branch.replaceAll('#', number(language, value)) : branch;
  return format(counted, values, language);
}

export function format(text: string, values: Values | undefined, language: string): string {
  if (!values || !text.includes('{')) return text;
  let said = '';
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{', at);
    const end = open < 0 ? -1 : closing(text, open);
    if (end < 0) return said + text.slice(at);
    said += text.slice(at, open) + placeholder(text.slice(open + 1, end), values, language);
    at = end + 1;
  }
  return said;
}

/** The names a text wants: the same in every language. */
export function namesIn(text: string): string[] {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/\{\s*([a-zA-Z_]+)\s*(?=[,}])/g)) names.add(name!);
  return [...names].sort();
}
