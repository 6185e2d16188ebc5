// What the playground makes of the API's own description (docs/api-description.md): operations in groups, and bodies to begin with.
import { isObject, type Json, type JsonObject } from './types';

export interface Description {
  paths: JsonObject;
  components?: JsonObject;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description: string;
  /** Values to choose from, if they are few. */
  options: string[];
  number: boolean;
  example: string;
}

export interface Body {
  type: string;
  required: boolean;
  schema: Json | undefined;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  group: string;
  parameters: Parameter[];
  body: Body | undefined;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** What stands behind {"$ref": "#/components/…"}. */
export function resolved(whole: Description, value: Json | undefined): JsonObject {
  let at: Json | undefined = value;
  for (let steps = 0; isObject(at) && typeof at.$ref === 'string' && steps < 10; steps += 1) {
    const names: string[] = at.$ref.replace(/^#\//, '').split('/');
    at = names.reduce<Json | undefined>((from, name) => (isObject(from) ? from[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined), whole as unknown as JsonObject);
  }
  return isObject(at) ? at : {};
}

function parameterOf(whole: Description, value: Json): Parameter | undefined {
  const one = resolved(whole, value);
  const where = text(one.in);
  if (where !== 'path' && where !== 'query' && where !== 'header') return undefined;
  const schema = resolved(whole, one.schema);
  const options = Array.isArray(schema.enum) ? schema.enum.map(String) : [];
  const example = one.example ?? schema.default;
  return {
    name: text(one.name),
    in: where,
    required: one.required === true || where === 'path',
    description: text(one.description),
    options,
    number: schema.type === 'integer' || schema.type === 'number',
    example: example === undefined || example === null ? '' : String(example),
  };
}

function bodyOf(whole: Description, value: Json | undefined): Body | undefined {
  if (value === undefined) return undefined;
  const body = resolved(whole, value);
  const content = isObject(body.content) ? Object.entries(body.content) : [];
  const [type, media]: [string, Json] = content.find(([name]) => /json/.test(name)) ?? content[0] ?? ['application/json', null];
  return { type: type === '*/*' ? 'application/octet-stream' : type, required: body.required === true, schema: isObject(media) ? media.schema : undefined };
}

/** A tag, or the first part of the path that says something. */
function groupOf(path: string, operation: JsonObject): string {
  const tags = operation.tags;
  if (Array.isArray(tags) && typeof tags[0] === 'string') return tags[0];
  const parts = path.split('/').filter((part) => part && part !== 'api' && !part.startsWith('{'));
  return parts[0] ?? '/';
}

export function operationsOf(whole: Description): Operation[] {
  const all: Operation[] = [];
  for (const [path, item] of Object.entries(whole.paths)) {
    if (!isObject(item)) continue;
    const shared = Array.isArray(item.parameters) ? item.parameters : [];
    for (const method of methods) {
      const operation = item[method];
      if (!isObject(operation)) continue;
      const own = Array.isArray(operation.parameters) ? operation.parameters : [];
      all.push({
        id: text(operation.operationId) || `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        summary: text(operation.summary),
        group: groupOf(path, operation),
        parameters: [...shared, ...own].map((one) => parameterOf(whole, one)).filter((one) => one !== undefined),
        body: bodyOf(whole, operation.requestBody),
      });
    }
  }
  return all;
}

export interface Group {
  name: string;
  operations: Operation[];
}

/** Groups by their names; `words` must all occur in an operation's path, method or summary. */
export function groupsOf(operations: readonly Operation[], words = ''): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Operation[]>();
  for (const one of operations) {
    const said = `${one.method} ${one.path} ${one.summary}`.toLowerCase();
    if (!wanted.every((word) => said.includes(word))) continue;
    const group = groups.get(one.group);
    if (group) group.push(one);
    else groups.set(one.group, [one]);
  }
  return [...groups].map(([name, all]) => ({ name, operations: all })).sort((a, b) => a.name.localeCompare(b.name));
}

/** A value to begin with: what is required, or all members that are not deep when nothing is. */
export function exampleOf(whole: Description, schema: Json | undefined, depth = 0): Json {
  const one = resolved(whole, schema);
  if (one.example !== undefined) return one.example;
  if (one.default !== undefined) return one.default;
  if (Array.isArray(one.enum) && one.enum.length) return one.enum[0] ?? null;
  if (Array.isArray(one.allOf)) {
    const parts = one.allOf.map((part) => exampleOf(whole, part, depth)).filter(isObject);
    return Object.assign({}, ...parts) as JsonObject;
  }
  for (const choice of [one.anyOf, one.oneOf]) if (Array.isArray(choice) && choice.length) return exampleOf(whole, choice[0], depth);
  const type = Array.isArray(one.type) ? one.type[0] : one.type;
  if (type === 'object' || isObject(one.properties)) {
    if (depth > 3 || !isObject(one.properties)) return {};
    const required = Array.isArray(one.required) ? one.required.map(String) : [];
    const names = required.length ? required : Object.keys(one.properties).filter((name) => !name.startsWith('_')).slice(0, depth === 0 ? 8 : 6);
    const members = one.properties;
    return Object.fromEntries(names.filter((name) => name in members).map((name) => [name, exampleOf(whole, members[name], depth + 1)]));
  }
  if (type === 'array') return [];
  if (type === 'integer' || type === 'number') return typeof one.minimum === 'number' ? one.minimum : 0;
  if (type === 'boolean') return false;
  return type === 'string' ? '' : null;
}

/** The address with what was filled in; what is empty is left out. */
export function addressOf(operation: Operation, values: Record<string, string>): string {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const one of operation.parameters) {
    const value = values[one.name] ?? '';
    // Names of repositories have parts of their own.
    if (one.in === 'path') path = path.replace(`{${one.name}}`, value ? value.split('/').map(encodeURIComponent).join('/') : `{${one.name}}`);
    else if (one.in === 'query' && value !== '') query.append(one.name, value);
  }
  const said = query.toString();
  return said ? `${path}?${said}` : path;
}

export const missing = (operation: Operation, values: Record<string, string>): string[] =>
  operation.parameters.filter((one) => one.in === 'path' && !values[one.name]?.trim()).map((one) => one.name);
