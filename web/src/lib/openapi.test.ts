import { describe, expect, it } from 'vitest';
import { snippets, withoutSecrets } from './calls';
import { addressOf, exampleOf, groupsOf, missing, operationsOf, type Description } from './openapi';

const whole: Description = {
  paths: {
    '/api/content/item/posts/{id}': {
      get: { operationId: 'get_posts', tags: ['posts'], summary: 'One item', parameters: [{ name: 'id', in: 'path', schema: { type: 'string' } }, { $ref: '#/components/parameters/limit' }] },
      patch: { operationId: 'change_posts', tags: ['posts'], requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/posts.input' } } } } },
    },
    '/v2/{name}/tags/list': { get: { summary: 'Tags', parameters: [{ name: 'name', in: 'path' }] } },
  },
  components: {
    parameters: { limit: { name: 'limit', in: 'query', description: 'At most', schema: { type: 'integer', default: 20 } } },
    schemas: {
      'posts.input': {
        type: 'object',
        properties: { _state: { enum: [-1, 0, 1] }, title: { anyOf: [{ type: 'string' }, { type: 'null' }] }, views: { type: 'integer', minimum: 3 }, seo: { type: 'object', properties: { title: { type: 'string' } } } },
      },
    },
  },
};
const all = operationsOf(whole);

describe('operations', () => {
  it('have a group, a method and parameters', () => {
    expect(all.map((one) => [one.id, one.method, one.group])).toEqual([['get_posts', 'GET', 'posts'], ['change_posts', 'PATCH', 'posts'], ['get /v2/{name}/tags/list', 'GET', 'v2']]);
    expect(all[0]!.parameters[1]).toEqual({ name: 'limit', in: 'query', required: false, description: 'At most', options: [], number: true, example: '20' });
  });
  it('are found by words', () => expect(groupsOf(all, 'get item').flatMap((group) => group.operations.map((one) => one.id))).toEqual(['get_posts']));
  it('have a body to begin with', () => expect(exampleOf(whole, all[1]!.body!.schema)).toEqual({ title: '', views: 3, seo: { title: '' } }));
  it('have addresses', () => {
    expect(addressOf(all[0]!, { id: 'a b', limit: '' })).toBe('/api/content/item/posts/a%20b');
    expect(addressOf(all[0]!, { id: '1', limit: '5' })).toBe('/api/content/item/posts/1?limit=5');
    expect(addressOf(all[2]!, { name: 'acme/app' })).toBe('/v2/acme/app/tags/list');
    expect(missing(all[0]!, { id: ' ' })).toEqual(['id']);
  });
});

describe('what is remembered', () => {
  it.each([
    ['/api/auth/login', '{"user":"ada","x":1}', '/api/auth/login', ''],
    ['/api/content/item/users', '{"data":{"password":"hush"}}', '/api/content/item/users', ''],
    ['/api/assets/1/file?token=abc&v=1', '', '/api/assets/1/file?v=1', ''],
    ['/api/content/items/posts?limit=2', '', '/api/content/items/posts?limit=2', ''],
    ['/api/content/item/posts', '{"data":{"title":"Hello"}}', '/api/content/item/posts', '{"data":{"title":"Hello"}}'],
  ])('%s %s', (path, body, keptPath, keptBody) => expect(withoutSecrets({ path, body })).toEqual({ path: keptPath, body: keptBody }));
});

describe('in other words', () => {
  const call = { method: 'POST', path: '/x', headers: [['Content-Type', 'application/json']] as [string, string][], body: "{\"a\":\"it's\"}" };
  it('the key is never among them', () => {
    const said = snippets(call, { kind: 'key', key: 'vtr_u_hush' }, 'http://h');
    expect(said.map((one) => one.name)).toEqual(['curl', 'fetch', 'Python']);
    for (const one of said) expect(one.text).not.toContain('hush');
    expect(said[0]!.text).toBe(`curl -X POST 'http://h/x' \\\n  -H 'Content-Type: application/json' \\\n  -H 'api-key: …' \\\n  --data-binary '{"a":"it'\\''s"}'`);
  });
  it('the public needs none', () => expect(snippets({ ...call, method: 'GET' }, { kind: 'public' }, 'http://h')[0]!.text).not.toContain('api-key'));
});
