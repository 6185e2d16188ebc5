// GraphQL documents out of a schema: valid ones, ones that slip at one of many places, and ones that are hardly text.
import {
  getNamedType, getNullableType, isCompositeType, isEnumType, isInputObjectType, isInputType, isLeafType, isListType, isNonNullType, isObjectType,
  isRequiredArgument, isRequiredInputField, isUnionType,
} from 'graphql';
import { isOwnScalar } from './values.mjs';

/** The places at which a document can slip; each is meant to break one rule, and may break others. */
export const slips = [
  'unknown field', 'leaf with selection', 'composite without selection', 'unknown argument', 'missing argument', 'argument twice', 'wrong value',
  'unknown fragment', 'unused fragment', 'fragment in itself', 'fragment name twice', 'operation name twice', 'nameless beside others',
  'unknown type', 'fragment on a leaf', 'impossible fragment', 'unknown directive', 'misplaced directive', 'directive twice', 'directive without argument',
  'undefined variable', 'unused variable', 'variable of another type', 'variable twice', 'variable for answers', 'wrong default', 'same alias',
  'unknown input field', 'input field twice', 'missing input field', 'null', 'not one of', 'type definition', 'two subscriptions',
  'conditional subscription', 'introspection subscription', 'arguments differ', 'meta field elsewhere', 'unknown operation type',
];

const strings = ['', 'a', 'böse', '😀', 'a b', '{', '}', '"', '\\', '\n', '\u0001', '#', 'null', '1', 'ASC', '$v', '0'.repeat(30)];
const names = ['id', 'name', 'x', 'type', 'query', 'on', 'true', 'fragment', '_', '__proto__', 'constructor', 'Dog', 'a1'];

export class Documents {
  /** options: few: few names in answers, so that many fields have to become one; how deep selections go; kinds of operations; how often an optional argument is given; value(name, random), literals of scalars that are not the specification's, as JSON. */
  constructor(schema, random, { deepest = 5, kinds = ['query', 'query', 'query', 'mutation', 'subscription'], given = 0.3, few = false, value } = {}) {
    Object.assign(this, { schema, random, deepest, kinds, given, few, own: value });
    const types = Object.values(schema.getTypeMap());
    this.composites = types.filter((type) => isCompositeType(type) && !type.name.startsWith('__'));
    this.inputs = types.filter((type) => isInputType(type) && !type.name.startsWith('__'));
    this.outputs = types.filter((type) => isCompositeType(type));
    this.leaves = types.filter((type) => isLeafType(type));
    this.directives = schema.getDirectives().filter(({ name }) => !['deprecated', 'specifiedBy', 'oneOf'].includes(name));
  }

  /** Text of a document; `slip` names where it goes wrong (undefined: nowhere, 'any': anywhere). */
  document(slip, rate = 0.12) {
    Object.assign(this, { slip, rate, fragments: [], variables: new Map(), counter: 0, budget: 40 + this.random.below(60) });
    const { random } = this;
    const many = random.often(0.25) || /operation|nameless/.test(slip ?? '');
    const operations = [];
    for (let i = 0; i < (many ? 2 + random.below(2) : 1); i++) operations.push(this.operation(many, i));
    const closed = operations.map((o) => this.close(o));
    const out = [];
    for (const o of closed) out.push(this.operationTokens(o));
    for (const f of this.fragments) out.push(['fragment', f.name, 'on', f.on, ...f.directives, ...f.tokens]);
    if (this.oops('unused fragment')) out.push(['fragment', 'Lost', 'on', random.one(this.composites).name, '{', '__typename', '}']);
    if (this.oops('fragment in itself') && this.fragments.length)
      for (const f of out.filter(([word]) => word === 'fragment')) f.splice(-1, 0, '...', random.one(this.fragments).name);
    if (this.oops('type definition')) out.push(random.one([['type', 'Dog', '{', 'a', ':', 'Int', '}'], ['scalar', 'S'], ['extend', 'type', 'Dog', '{', 'b', ':', 'Int', '}']]));
    if (random.often(0.3)) out.sort(() => random.below(3) - 1);
    return this.print(out.flat());
  }

  oops(name) {
    return (this.slip === name || this.slip === 'any') && this.random.often(this.slip === 'any' ? this.rate / 6 : this.rate * 2);
  }

  operation(named, i) {
    const { random, schema } = this;
    const kinds = this.kinds.filter((kind) => this.slip === 'unknown operation type' || schema.getRootType(kind));
    const kind = /subscription/.test(this.slip ?? '') && schema.getRootType('subscription') ? 'subscription' : random.one(kinds);
    const root = schema.getRootType(kind);
    const scope = { variables: new Set(), fragments: new Set() };
    let tokens;
    if (kind === 'subscription' && root) tokens = this.subscription(root, scope);
    else tokens = this.selection(root ?? random.one(this.composites), scope, 0);
    const name = this.oops('nameless beside others') ? undefined : this.oops('operation name twice') ? 'Q0' : named || random.often(0.4) ? `Q${i}` : undefined;
    return { kind, name, scope, tokens, directives: this.directivesFor(kind.toUpperCase(), scope) };
  }

  /** Fragments put in: an operation defines what they use. */
  close(operation) {
    const seen = new Set();
    const variables = new Set(operation.scope.variables);
    const visit = (names) => {
      for (const name of names) {
        const fragment = this.fragments.find((f) => f.name === name);
        if (!fragment || seen.has(name)) continue;
        seen.add(name);
        fragment.scope.variables.forEach((variable) => variables.add(variable));
        visit(fragment.scope.fragments);
      }
    };
    visit(operation.scope.fragments);
    return { ...operation, variables: [...variables] };
  }

  operationTokens({ kind, name, variables, directives, tokens }) {
    const { random } = this;
    const definitions = [];
    for (const variable of variables) {
      if (this.oops('undefined variable')) continue;
      const { type, standard } = this.variables.get(variable);
      definitions.push(...this.variableTokens(variable, type, standard));
      if (this.oops('variable twice')) definitions.push(...this.variableTokens(variable, random.one(['Int', type])));
    }
    if (this.oops('unused variable')) definitions.push(...this.variableTokens('unused', random.one(this.inputs).name));
    if (kind === 'query' && !name && !definitions.length && !directives.length && random.often(0.5)) return tokens;
    const description = random.often(0.05) ? ['"what it does"'] : [];
    return [...description, kind, ...(name ? [name] : []), ...(definitions.length ? ['(', ...definitions, ')'] : []), ...directives, ...tokens];
  }

  variableTokens(name, type, standard) {
    const { random } = this;
    let written = type;
    if (this.oops('variable of another type')) written = random.one(['Int', 'String!', '[Int]', `[${type}]`, type.replace(/!/g, ''), 'Key', 'Kind', `${type}!`.replace('!!', '!')]);
    if (this.oops('variable for answers')) written = random.one(this.composites).name;
    if (this.oops('unknown type')) written = random.one(['Nowhere', '[Dogg!]', 'int']);
    let value = standard ? ['=', ...standard] : [];
    if (this.oops('wrong default')) value = ['=', ...this.anything(0)];
    const directives = random.often(0.06) ? this.directivesFor('VARIABLE_DEFINITION', undefined) : [];
    const description = random.often(0.03) ? ['"""a\n  variable"""'] : [];
    return [...description, '$', name, ':', ...written.split(/([[\]!])/).filter(Boolean), ...value, ...directives];
  }

  subscription(root, scope) {
    const { random } = this;
    const fields = Object.values(root.getFields());
    const inner = [];
    const count = this.oops('two subscriptions') ? 2 + random.below(2) : 1;
    for (let i = 0; i < count; i++) inner.push(...this.field(root, random.one(fields), scope, 0, count > 1));
    if (this.oops('introspection subscription')) inner.splice(random.below(2) * inner.length, inner.length, '__typename');
    if (this.oops('conditional subscription')) inner.push('...', '@', 'skip', '(', 'if', ':', 'true', ')', '{', 'removed', '}');
    if (random.often(0.3)) return ['{', '...', 'on', root.name, ...(this.oops('conditional subscription') ? ['@', 'include', '(', 'if', ':', 'false', ')'] : []), '{', ...inner, '}', '}'];
    return ['{', ...inner, '}'];
  }

  /** { … } of a composite type. */
  selection(type, scope, depth) {
    const { random } = this;
    const out = ['{'];
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const count = 1 + random.below(depth >= this.deepest ? 2 : 4);
    for (let i = 0; i < count; i++) {
      this.budget--;
      const what = random.below(10);
      if (this.oops('unknown field')) out.push(random.one(['nothing', 'nam', 'Name', 'barks', '__schema', '__nope']));
      if (this.oops('meta field elsewhere')) out.push('__schema', '{', '__typename', '}');
      if (what < 2 && depth < this.deepest) out.push(...this.inline(type, scope, depth));
      else if (what < 4 && depth < this.deepest) out.push(...this.spread(type, scope, depth));
      else if (what === 4 || !fields.length) out.push(...(!this.few && random.often(0.3) ? [this.alias(), ':'] : []), '__typename');
      else out.push(...this.field(type, random.one(this.budget > 0 && depth < this.deepest ? fields : this.flat(fields)), scope, depth));
    }
    if (this.oops('same alias') && fields.length > 1)
      for (let i = 0; i < 2; i++) out.push('same', ':', ...this.bareField(type, random.one(fields), scope, depth));
    if (this.oops('arguments differ') && fields.length) {
      const field = random.one(fields);
      for (let i = 0; i < 2; i++) out.push(...this.bareField(type, field, scope, depth));
    }
    out.push('}');
    return out;
  }

  flat(fields) {
    const flat = fields.filter((field) => isLeafType(getNamedType(field.type)));
    return flat.length ? flat : fields;
  }

  alias() {
    if (this.few) return this.random.one(['x', 'y', 'name', 'owner']);
    return `a${this.counter++}`;
  }

  field(type, field, scope, depth, bare) {
    const tokens = this.bareField(type, field, scope, depth);
    const hasArguments = tokens[1] === '(';
    const named = !bare && (this.few ? this.random.often(0.35) : hasArguments ? this.random.often(0.9) : this.random.often(0.15));
    return named ? [this.alias(), ':', ...tokens] : tokens;
  }

  bareField(type, field, scope, depth) {
    const out = [field.name, ...this.argumentsFor(field, scope), ...this.directivesFor('FIELD', scope)];
    const named = getNamedType(field.type);
    const leaf = isLeafType(named) ? !this.oops('leaf with selection') : this.oops('composite without selection');
    if (!leaf) out.push(...(isLeafType(named) ? ['{', 'x', '}'] : depth > this.deepest + 1 ? ['{', '__typename', '}'] : this.selection(named, scope, depth + 1)));
    return out;
  }

  near(type) {
    const { random, schema } = this;
    if (this.oops('impossible fragment')) return random.one(this.composites).name;
    if (this.oops('unknown type')) return random.one(['Nowhere', 'dog', 'Anima']);
    if (this.oops('fragment on a leaf')) return random.one([...this.leaves, ...this.inputs]).name;
    const possible = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
    const object = random.one(possible);
    const abstract = this.composites.filter((other) => !isObjectType(other) && schema.getPossibleTypes(other).includes(object));
    return random.one([type, object, ...abstract]).name;
  }

  typeOf(name, otherwise) {
    const type = this.schema.getType(name);
    return isCompositeType(type) ? type : otherwise;
  }

  inline(type, scope, depth) {
    const on = this.random.often(0.75) ? this.near(type) : undefined;
    return ['...', ...(on ? ['on', on] : []), ...this.directivesFor('INLINE_FRAGMENT', scope), ...this.selection(on ? this.typeOf(on, type) : type, scope, depth + 1)];
  }

  spread(type, scope, depth) {
    const { random, schema } = this;
    const fits = this.fragments.filter((f) => {
      const on = schema.getType(f.on);
      return f.done && isCompositeType(on) && (on === type || (isObjectType(on) ? [on] : schema.getPossibleTypes(on)).some((one) => (isObjectType(type) ? [type] : schema.getPossibleTypes(type)).includes(one)));
    });
    let name = this.oops('unknown fragment') ? 'Missing' : fits.length && (random.often(0.6) || this.budget < 0) ? random.one(fits).name : undefined;
    if (!name) {
      const fragment = { name: this.oops('fragment name twice') && this.fragments.length ? random.one(this.fragments).name : `F${this.fragments.length}`, on: this.near(type), scope: { variables: new Set(), fragments: new Set() } };
      this.fragments.push(fragment);
      fragment.tokens = this.selection(this.typeOf(fragment.on, type), fragment.scope, depth + 1);
      fragment.directives = this.directivesFor('FRAGMENT_DEFINITION', undefined);
      fragment.done = true;
      name = fragment.name;
    }
    scope.fragments.add(name);
    return ['...', name, ...this.directivesFor('FRAGMENT_SPREAD', scope)];
  }

  /** scope undefined: no variables can stand there. */
  directivesFor(location, scope) {
    const { random } = this;
    const out = [];
    const one = (directive) => {
      out.push('@', directive.name, ...(this.oops('directive without argument') ? [] : this.argumentsFor(directive, scope)));
    };
    const fitting = this.directives.filter((directive) => directive.locations.includes(location));
    if (fitting.length && random.often(0.08)) one(random.one(fitting));
    if (this.oops('unknown directive')) out.push('@', random.one(['nope', 'Skip', 'tags', 'defer']));
    if (this.oops('misplaced directive')) one(random.one(this.schema.getDirectives()));
    if (this.oops('directive twice') && fitting.length) {
      const directive = random.one(fitting);
      one(directive);
      one(directive);
    }
    return out;
  }

  argumentsFor(owner, scope) {
    const { random } = this;
    const out = [];
    const give = (argument) => out.push(argument.name, ':', ...this.value(argument.type, scope, 0, argument.defaultValue !== undefined || argument.default !== undefined));
    for (const argument of owner.args) {
      const required = isRequiredArgument(argument);
      if (required ? !this.oops('missing argument') : random.often(this.given)) give(argument);
    }
    if (this.oops('unknown argument')) out.push(random.one(['nope', 'iff', 'Id', 'wher']), ':', '1');
    if (this.oops('argument twice') && owner.args.length) {
      const argument = random.one(owner.args);
      for (let i = random.below(2); i < 2; i++) give(argument);
    }
    return out.length ? ['(', ...out, ')'] : [];
  }

  variable(type, scope, hasDefault) {
    const { random } = this;
    const text = String(type);
    let written = text;
    let standard;
    if (isNonNullType(type) && random.often(0.3)) {
      if (hasDefault) written = String(type.ofType);
      else if (!/Key|Order/.test(text)) {
        written = String(type.ofType);
        standard = this.value(type.ofType, undefined, 3, false, true);
      }
    } else if (!isNonNullType(type) && random.often(0.3)) written = `${text}!`;
    else if (!isNonNullType(type) && random.often(0.2)) standard = this.value(type, undefined, 3);
    const key = random.often(0.5) ? [...this.variables].find(([, v]) => v.type === written && !v.standard && !standard)?.[0] : undefined;
    const name = key ?? `v${this.variables.size}`;
    if (!key) this.variables.set(name, { type: written, standard });
    scope.variables.add(name);
    return ['$', name];
  }

  /** A literal, or a variable, of this type. oneOf: members that may not be null. */
  value(type, scope, depth, hasDefault = false, neverNull = false) {
    const { random } = this;
    if (!(this.own && isOwnScalar(type)) && this.oops('wrong value')) return this.anything(0, scope);
    if (this.oops('undefined variable') && scope) return ['$', 'missing'];
    if (this.oops('null')) return ['null'];
    if (scope && random.often(0.2)) return this.variable(type, scope, hasDefault);
    if (!isNonNullType(type) && !neverNull && random.often(0.07)) return ['null'];
    const bare = getNullableType(type);
    if (isListType(bare)) {
      if (random.often(0.15)) return this.value(bare.ofType, scope, depth + 1, false, true);
      const out = ['['];
      for (let i = random.below(depth > 3 ? 1 : 3); i > 0; i--) out.push(...this.value(bare.ofType, scope, depth + 1));
      return [...out, ']'];
    }
    if (isInputObjectType(bare)) return this.object(bare, scope, depth);
    if (isEnumType(bare)) return [random.one(bare.getValues()).name];
    return [this.scalar(bare.name)];
  }

  object(type, scope, depth) {
    const { random } = this;
    const fields = Object.values(type.getFields());
    const out = [];
    const give = (field, never) => {
      const variable = never && scope && random.often(0.2) ? this.variable({ toString: () => `${getNullableType(field.type)}!`, ofType: field.type }, scope, true) : undefined;
      out.push(field.name, ':', ...(variable ?? this.value(field.type, never ? undefined : scope, depth + 1, field.defaultValue !== undefined || field.default !== undefined, never)));
    };
    if (type.isOneOf) {
      give(random.one(fields), !this.oops('not one of'));
      if (this.oops('not one of')) give(random.one(fields), false);
      if (this.oops('not one of')) out.splice(0);
    } else {
      for (const field of fields) if (isRequiredInputField(field) ? !this.oops('missing input field') : depth < 4 && random.often(0.25)) give(field, false);
    }
    if (this.oops('unknown input field')) out.push(random.one(['nope', 'Name', 'naem', 'agee']), ':', ...this.anything(1));
    if (this.oops('input field twice')) {
      const field = random.one(fields);
      give(field, type.isOneOf);
      give(field, type.isOneOf);
    }
    return ['{', ...out, '}'];
  }

  scalar(name) {
    const { random } = this;
    if (name === 'Int') return random.one(['0', '-0', '1', '-7', '2147483647', '-2147483648']);
    if (name === 'Float') return random.one(['0', '1.5', '-1e3', '1E-2', '12345678901234567890', '0.0']);
    if (name === 'Boolean') return random.one(['true', 'false']);
    if (name === 'ID') return random.one(['1', '"a"', '12345678901234567890', '-0', '""']);
    if (name === 'String') return this.string();
    if (this.own) return this.own(name, random);
    return random.one(['1', '"a"', 'true', '{ a : [ 1 , null ] }', '[ ]', '1.5']);
  }

  string() {
    const text = this.random.one(strings);
    if (this.random.often(0.2)) return `"""${text.replaceAll('"', '').replaceAll('\\', '')}${this.random.often(0.3) ? '\n  x' : ''}"""`;
    return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
  }

  /** A literal of no particular type. */
  anything(depth, scope) {
    const { random } = this;
    const choice = random.below(depth > 2 ? 8 : 11);
    if (choice === 8) return ['[', ...this.anything(depth + 1, scope), ...this.anything(depth + 1, scope), ']'];
    if (choice === 9) return ['{', random.one(names.filter((name) => name !== '__proto__')), ':', ...this.anything(depth + 1, scope), '}'];
    if (choice === 10) return ['[', ']'];
    return [random.one(['null', 'true', '1', '1.0', '2147483648', '-1e400', 'ASC', 'METRE', 'ascc', '"METRE"', this.string(), '99999999999999999999', 'Dog'])];
  }

  /** Tokens with what may stand between them. */
  print(tokens) {
    const { random } = this;
    const dense = random.often(0.3);
    const between = () => {
      if (random.often(dense ? 0.02 : 0.15)) return random.one(['\n', '\r\n', '\r', '\t', ',', ' , ', '#c\n', ' # ü 😀 "\n', '\ufeff', '\n\n  ']);
      return dense ? '' : ' ';
    };
    let text = random.often(0.1) ? '\ufeff' : '';
    let last = '';
    for (const token of tokens) {
      let gap = between();
      if (gap === '' && /[\w"]$/.test(last) && /^[\w".-]/.test(token)) gap = ' ';
      text += gap + token;
      last = token;
    }
    return text + (random.often(0.2) ? '\n' : '');
  }

  /** The text with a few characters gone, doubled, swapped or put in. */
  damage(text) {
    const { random } = this;
    const points = [...text];
    const pieces = ['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', '..', '.', '"', '"""', '\\', '#', '|', '&', '=', '0', '-', '1.', '1e', ' ', '\n', 'on', 'query', 'fragment', 'null', '\u0000', 'é', '😀', '\ufeff', '{}', '()', '&', '%', "'"];
    for (let i = 1 + random.below(3); i > 0; i--) {
      const at = random.below(points.length + 1);
      const how = random.below(5);
      if (how === 0) points.splice(at, 1 + random.below(3));
      else if (how === 1) points.splice(at, 0, random.one(pieces));
      else if (how === 2) points.splice(at, 0, ...points.slice(at, at + 1 + random.below(6)));
      else if (how === 3) points.length = Math.max(1, at);
      else [points[at], points[at + 1]] = [points[at + 1] ?? ' ', points[at] ?? ' '];
    }
    return points.join('');
  }
}
