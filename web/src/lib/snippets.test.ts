import { describe, expect, it } from 'vitest';
import { snippetsFor } from './snippets';

const wish = { kind: 'native', secret: 'vtr_u_1', example: '/api/content/items/posts', ofRole: false, origin: 'https://cms.example.com' };
const names = (kind: string, ofRole = false): string[] => snippetsFor({ ...wish, kind, ofRole }).map((one) => one.name);
const text = (name: string, change: Partial<typeof wish> = {}): string => snippetsFor({ ...wish, ...change }).find((one) => one.name === name)?.text ?? '';

describe('lines for pasting', () => {
  it('name this server and have the key in them', () => {
    expect(text('curl')).toBe("curl -H 'api-key: vtr_u_1' 'https://cms.example.com/api/content/items/posts'");
    expect(text('Bearer')).toContain("'Authorization: Bearer vtr_u_1'");
    expect(text('docker')).toBe("printf %s 'vtr_u_1' | docker login cms.example.com -u key --password-stdin");
    expect(text('skopeo')).not.toContain('tls-verify');
    expect(text('skopeo', { origin: 'http://localhost:8080' })).toBe("printf %s 'vtr_u_1' | skopeo login localhost:8080 -u key --password-stdin --tls-verify=false");
    for (const one of snippetsFor(wish)) expect(one.text, one.name).toContain('vtr_u_1');
  });
  it('begin with the client that the key was made for', () => {
    expect(names('zot')[0]).toBe('zot');
    expect(names('chutes')[0]).toBe('Chutes');
    expect(names('zenml')[0]).toBe('ZenML');
    expect(names('zenml', true)).not.toContain('ZenML');
    expect(names('native')).toEqual(['curl', 'Bearer', 'fetch', 'Python', 'docker', 'skopeo']);
  });
  it('send the signs of base64 as they are', () => expect(text('ZenML', { kind: 'zenml', secret: 'ZENKEY_a+b/c==' })).toContain("--data-urlencode 'password=ZENKEY_a+b/c=='"));
});
