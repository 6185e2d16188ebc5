// Requests of the playground: sent as somebody, said in other tools' words, and remembered without secrets.
import * as api from './api';

export type Identity = { kind: 'me' } | { kind: 'public' } | { kind: 'key'; key: string };

export interface Call {
  method: string;
  /** With its query, from the root of this server. */
  path: string;
  headers: [string, string][];
  body: string;
}

export interface Answer {
  status: number;
  words: string;
  milliseconds: number;
  size: number;
  headers: [string, string][];
  type: string;
  /** undefined: not a text. */
  text: string | undefined;
  blob: Blob;
}

export const changes = (call: Call): boolean => !['GET', 'HEAD'].includes(call.method);

const isText = (type: string): boolean => /^text\/|json|xml|yaml|pem|javascript|x-www-form-urlencoded/.test(type);

/** Asks as somebody, and takes every answer as it is: a refusal is what one came to see. */
export async function send(call: Call, identity: Identity, signal?: AbortSignal): Promise<Answer> {
  const headers = new Headers(call.headers.filter(([name]) => name.trim()));
  if (identity.kind === 'key') headers.set('api-key', identity.key.trim());
  if (identity.kind === 'me') {
    // What pages of other sites cannot send: the cookie counts with it only.
    headers.set('GraphQL-Preflight', '1');
    if (changes(call)) headers.set('X-CSRF-Token', (await api.me()).csrf ?? '');
  }
  const began = performance.now();
  const response = await fetch(call.path, {
    method: call.method,
    headers,
    credentials: identity.kind === 'me' ? 'same-origin' : 'omit',
    cache: 'no-store',
    redirect: 'follow',
    ...(call.body && changes(call) ? { body: call.body } : {}),
    ...(signal ? { signal } : {}),
  });
  const blob = await response.blob();
  const milliseconds = performance.now() - began;
  const type = response.headers.get('Content-Type') ?? '';
  return {
    status: response.status,
    words: response.statusText,
    milliseconds,
    size: blob.size,
    headers: [...response.headers],
    type,
    text: isText(type) || blob.size === 0 ? await blob.text() : undefined,
    blob,
  };
}

export function pretty(answer: Pick<Answer, 'type' | 'text'>): string {
  if (!answer.text || !/json/.test(answer.type)) return answer.text ?? '';
  try {
    return JSON.stringify(JSON.parse(answer.text), null, 2);
  } catch {
    return answer.text;
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Everything a call says about itself; the key is never among it. */
function headersOf(call: Call, identity: Identity): [string, string][] {
  return [...call.headers.filter(([name]) => name.trim()), ...(identity.kind === 'public' ? [] : [['api-key', '…'] as [string, string]])];
}

export function snippets(call: Call, identity: Identity, origin: string): { name: string; text: string }[] {
  const headers = headersOf(call, identity);
  const body = changes(call) ? call.body : '';
  const url = origin + call.path;
  const curl = [
    `curl${call.method === 'GET' ? '' : ` -X ${call.method}`} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body ? [`--data-binary ${quoted(body)}`] : []),
  ].join(' \\\n  ');
  const script = `const response = await fetch(${JSON.stringify(url)}, {
  method: ${JSON.stringify(call.method)},
  headers: ${JSON.stringify(Object.fromEntries(headers), null, 2).replaceAll('\n', '\n  ')},${body ? `\n  body: ${JSON.stringify(body)},` : ''}
});
console.log(response.status, await response.text());`;
  const python = `import requests

response = requests.request(
    ${JSON.stringify(call.method)},
    ${JSON.stringify(url)},
    headers=${JSON.stringify(Object.fromEntries(headers))},${body ? `\n    data=${JSON.stringify(body)}.encode(),` : ''}
)
print(response.status_code, response.text)`;
  return [
    { name: 'curl', text: curl },
    { name: 'fetch', text: script },
    { name: 'Python', text: python },
  ];
}

export interface Remembered {
  kind: 'rest' | 'graphql' | 'dialect';
  at: number;
  method: string;
  path: string;
  body: string;
  status: number;
}

const secretive = /pass(word|wd)?|secret|token|api[-_]?key|credential|recovery|otp|"(code|pending|private|key)"/i;

/** Secrets are left out: a body that has one in it, and values of an address that are one. */
export function withoutSecrets(call: Pick<Call, 'path' | 'body'>): { path: string; body: string } {
  const [path = '', search = ''] = call.path.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  for (const name of [...query.keys()]) if (secretive.test(name) || /^(code|key|state)$/.test(name)) query.delete(name);
  const rest = query.toString();
  return { path: rest ? `${path}?${rest}` : path, body: secretive.test(call.body) || /\/auth\/|login/.test(path) ? '' : call.body };
}
