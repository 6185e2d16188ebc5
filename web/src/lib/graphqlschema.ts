// GraphQL's schema in the browser: completion, the explorer, and which operation a document has. In a chunk of its own.
import { graphql } from 'cm6-graphql';
import type { Extension } from '@codemirror/state';
import { buildSchema, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType, parse, type GraphQLNamedType, type GraphQLSchema } from 'graphql';

export type Schema = GraphQLSchema;

/** From its text; it was valid when the server wrote it. */
export const schemaOf = (text: string): Schema => buildSchema(text, { assumeValid: true });

export const completion = (schema: Schema): Extension[] => graphql(schema);

export interface Operations {
  names: string[];
  /** Whether one of them changes something. */
  writes: (name: string) => boolean;
  fault: string;
}

/** The operations of a document; one that cannot be read has none and says why. */
export function operationsIn(document: string): Operations {
  try {
    const found = parse(document).definitions.filter((one) => one.kind === 'OperationDefinition');
    return {
      names: found.map((one) => one.name?.value ?? ''),
      writes: (name) => found.some((one) => one.operation === 'mutation' && (found.length === 1 || (one.name?.value ?? '') === name)),
      fault: '',
    };
  } catch (error) {
    return { names: [], writes: () => false, fault: error instanceof Error ? error.message : String(error) };
  }
}

export interface Member {
  name: string;
  /** "[Post!]!", and the type within. */
  type: string;
  leads: string;
  description: string;
  args: Member[];
}

export interface TypeDocs {
  name: string;
  kind: 'object' | 'input' | 'enum' | 'union' | 'interface' | 'scalar';
  description: string;
  members: Member[];
}

interface Described {
  name: string;
  type: { toString(): string };
  description?: string | null | undefined;
  args?: readonly Described[];
}

function memberOf(one: Described): Member {
  const named = getNamedType(one.type as GraphQLNamedType);
  return { name: one.name, type: String(one.type), leads: named.name, description: one.description ?? '', args: (one.args ?? []).map(memberOf) };
}

/** What a type says of itself; undefined: there is none of this name. */
export function docsOf(schema: Schema, name: string): TypeDocs | undefined {
  const type = schema.getType(name);
  if (!type) return undefined;
  const base = { name: type.name, description: type.description ?? '' };
  if (isObjectType(type) || isInterfaceType(type)) return { ...base, kind: isObjectType(type) ? 'object' : 'interface', members: Object.values(type.getFields()).map(memberOf) };
  if (isInputObjectType(type)) return { ...base, kind: 'input', members: Object.values(type.getFields()).map(memberOf) };
  const plain = (member: { name: string; description?: string | null | undefined }, leads: string): Member => ({ name: member.name, type: '', leads, description: member.description ?? '', args: [] });
  if (isEnumType(type)) return { ...base, kind: 'enum', members: type.getValues().map((value) => plain(value, '')) };
  if (isUnionType(type)) return { ...base, kind: 'union', members: type.getTypes().map((member) => plain(member, member.name)) };
  return { ...base, kind: 'scalar', members: [] };
}

export function rootsOf(schema: Schema): string[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => (type ? [type.name] : []));
}

/** Names of types that contain a word, the shortest first. */
export function typesLike(schema: Schema, word: string): string[] {
  const wanted = word.toLowerCase();
  return Object.keys(schema.getTypeMap())
    .filter((name) => !name.startsWith('__') && name.toLowerCase().includes(wanted))
    .sort((a, b) => a.length - b.length || a.localeCompare(b))
    .slice(0, 60);
}
