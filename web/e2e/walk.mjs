// Requests made out of an OpenAPI description: valid ones, and ones that are wrong in every way that a schema knows.

/** A repeatable source of chance (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (n) => Math.floor(next() * n),
    one: (list) => list[Math.floor(next() * list.length)],
    often: (share) => next() < share,
  };
}

const strange = ['', ' ', '\u0000', 'ß→😀', '𝒳'.repeat(40), 'a'.repeat(300), "'; --", '%00', '../..', '{"$gt":1}', 'null', '-1', 'ﷺ\u202e', '$user', '__proto__'];
const wrong = [null, true, -1, 1e308, 9007199254740993, 1.5, '', 'x', [], {}, [[]], { $gt: 1 }, ['a', 1, null], { _id: 7 }];
const ids = ['000000000000000000000000', 'ffffffffffffffffffffffff', 'x', '0', 'a'.repeat(200)];

/** Values of a schema; `how` says in which way they shall be wrong. */
export class Maker {
  constructor(description, random) {
    this.description = description;
    this.random = random;
    this.known = new Map();
  }

  /** Ids that answers have shown, by collection: so that paths lead somewhere. */
  learn(collection, id) {
    const list = this.known.get(collection) ?? [];
    if (list.length < 200 && !list.includes(id)) list.push(id);
    this.known.set(collection, list);
  }

  open(schema) {
    let at = schema;
    while (at?.$ref) at = at.$ref.slice(2).split('/').reduce((node, step) => node[step.replace(/~1/g, '/').replace(/~0/g, '~')], this.description);
    return at ?? {};
  }

  value(schema, how, depth = 0) {
    const s = this.open(schema);
    const { random } = this;
    if (depth > 6) return null;
    if (how === 'type' && random.often(depth === 0 ? 0.1 : 0.3)) return random.one(wrong);
    if (s.const !== undefined) return s.const;
    if (s.allOf) return Object.assign({}, ...s.allOf.map((part) => this.value(part, how, depth + 1)));
    const choices = s.anyOf ?? s.oneOf;
    if (choices) return this.value(random.one(choices), how, depth + 1);
    if (s.enum) return random.one(s.enum);
    if (s.examples && random.often(0.5)) return random.one(s.examples);
    return this.plain(s, how, depth);
  }

  plain(s, how, depth) {
    const { random } = this;
    const type = Array.isArray(s.type) ? random.one(s.type) : (s.type ?? (s.properties ? 'object' : random.one(['string', 'integer', 'object', 'boolean'])));
    switch (type) {
      case 'string':
        return this.text(s, how);
      case 'integer':
      case 'number':
        return this.number(s, how, type);
      case 'boolean':
        return random.often(0.5);
      case 'array':
        return Array.from({ length: how === 'boundary' ? random.one([0, s.maxItems ?? 40, (s.maxItems ?? 40) + 1]) : random.below(3) }, () => this.value(s.items ?? {}, how, depth + 1));
      case 'object':
        return this.object(s, how, depth);
      default:
        return null;
    }
  }

  text(s, how) {
    const { random } = this;
    if (how === 'unicode') return random.one(strange);
    if (how === 'boundary' && (s.maxLength ?? 0) < 5000) return 'ä'.repeat(random.one([s.minLength ?? 0, s.maxLength ?? 255, (s.maxLength ?? 255) + 1]));
    switch (s.format) {
      case 'date':
        return random.one(['2026-02-28', '2024-02-29', '2026-02-30']);
      case 'date-time':
        return random.one(['2026-11-28T12:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59+14:00']);
      case 'time':
        return '12:30';
      case 'email':
        return `p${random.below(1e9)}@example.org`;
      case 'uri':
        return 'https://example.org/';
      default:
        return s.pattern?.includes('{24}') ? this.anyId() : random.one(['a', 'Hello', 'lorem ipsum', `n${random.below(1e6)}`]);
    }
  }

  number(s, how, type) {
    const { random } = this;
    if (how === 'boundary') return random.one([s.minimum ?? 0, (s.minimum ?? 0) - 1, s.maximum ?? 2 ** 53, (s.maximum ?? 2 ** 53) + 1]);
    const low = s.minimum ?? 0;
    const value = low + random.below(Math.max(1, Math.min(s.maximum ?? low + 1000, low + 1000) - low));
    return type === 'integer' ? value : value + random.one([0, 0.5]);
  }

  object(s, how, depth) {
    const { random } = this;
    const out = {};
    const required = new Set(s.required ?? []);
    for (const [name, property] of Object.entries(s.properties ?? {})) {
      if (how === 'missing' && random.often(0.3)) continue;
      if (required.has(name) || random.often(depth ? 0.4 : 0.5)) out[name] = this.value(property, how, depth + 1);
    }
    if (how === 'extra') out[random.one(['unknown', '_id', '_rev', 'constructor', '$set', ''])] = random.one(wrong);
    return out;
  }

  anyId(collection) {
    const { random } = this;
    const list = collection ? this.known.get(collection) : [...this.known.values()].flat();
    return list?.length && random.often(0.8) ? random.one(list) : random.one(ids);
  }

  /** {method, target, body, headers} of one operation. */
  request({ path, method, operation }) {
    const { random } = this;
    const how = random.one(['valid', 'valid', 'valid', 'boundary', 'type', 'missing', 'extra', 'unicode']);
    const query = new URLSearchParams();
    let target = path;
    for (const given of operation.parameters ?? []) {
      const parameter = this.open(given);
      if (parameter.in === 'path') {
        const keeps = method === 'delete' && /\/(collections|users|roles|grants|api_keys|sessions|locales)\//.test(path);
        const id = keeps ? random.one(ids) : /^id$/.test(parameter.name) ? this.anyId(operation.tags?.[0]) : random.one(['x', 'main', ...strange.slice(3, 6)]);
        target = target.replace(`{${parameter.name}}`, encodeURIComponent(id));
      } else if (parameter.in === 'query' && random.often(0.25)) {
        const value = parameter.example !== undefined && random.often(0.5) ? parameter.example : this.value(parameter.schema, how);
        query.append(parameter.name, typeof value === 'string' ? value : JSON.stringify(value));
      }
    }
    if (how === 'extra' && random.often(0.3)) query.append('nonsense', '1');
    const media = operation.requestBody && Object.keys(operation.requestBody.content)[0];
    const headers = {};
    let body;
    if (media === '*/*') {
      body = random.one(strange);
      headers['Content-Type'] = random.one(['text/plain', 'application/octet-stream', 'image/png']);
    } else if (media) {
      const value = this.value(operation.requestBody.content[media].schema ?? {}, how);
      const form = media.includes('form');
      body = form ? new URLSearchParams(Object.entries(value ?? {}).map(([k, v]) => [k, String(v)])).toString() : how === 'type' && random.often(0.1) ? '{"a":' : JSON.stringify(value);
      headers['Content-Type'] = random.often(0.98) ? media : 'text/plain';
    }
    const text = query.toString();
    return { how, method: method.toUpperCase(), target: text ? `${target}?${text}` : target, body, headers };
  }
}

/** Operations of a description, one by one. */
export function operations(description) {
  const out = [];
  for (const [path, members] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries(members)) out.push({ path, method, operation });
  return out;
}

/** The answer that the description names for a status: its key, or undefined. */
export function documented(operation, status) {
  const keys = Object.keys(operation.responses);
  return [String(status), `${String(status)[0]}XX`].find((key) => keys.includes(key));
}
