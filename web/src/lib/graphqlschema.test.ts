import { describe, expect, it } from 'vitest';
import { docsOf, operationsIn, rootsOf, schemaOf, typesLike } from './graphqlschema';

const schema = schemaOf(`
  type Query { """All of them""" posts(limit: Int = 50): [Post!]! }
  type Mutation { createPost(title: String!): Post }
  type Post { title: String state: PostState about: About }
  enum PostState { DRAFT PUBLISHED }
  union About = Post
`);

describe('a schema', () => {
  it('has roots', () => expect(rootsOf(schema)).toEqual(['Query', 'Mutation']));
  it('says what a field is', () =>
    expect(docsOf(schema, 'Query')?.members[0]).toEqual({
      name: 'posts',
      type: '[Post!]!',
      leads: 'Post',
      description: 'All of them',
      args: [{ name: 'limit', type: 'Int', leads: 'Int', description: '', args: [] }],
    }));
  it('says what values there are, and where a union leads', () => {
    expect(docsOf(schema, 'PostState')?.members.map((one) => one.name)).toEqual(['DRAFT', 'PUBLISHED']);
    expect(docsOf(schema, 'About')?.members[0]?.leads).toBe('Post');
    expect(docsOf(schema, 'Nobody')).toBeUndefined();
  });
  it('is searched', () => expect(typesLike(schema, 'post')).toEqual(['Post', 'PostState']));
});

describe('a document', () => {
  it.each([
    ['{ posts { title } }', [''], '', false],
    ['mutation { createPost(title: "a") { title } }', [''], '', true],
    ['query A { posts { title } } mutation B { createPost(title: "a") { title } }', ['A', 'B'], 'A', false],
    ['query A { posts { title } } mutation B { createPost(title: "a") { title } }', ['A', 'B'], 'B', true],
  ])('%s', (text, names, chosen, writes) => {
    const found = operationsIn(text);
    expect([found.names, found.writes(chosen), found.fault]).toEqual([names, writes, '']);
  });
  it('that cannot be read says why', () => expect(operationsIn('{ posts').fault).toContain('Syntax Error'));
});
