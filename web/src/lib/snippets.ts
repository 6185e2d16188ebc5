// Lines with a new key in them that work when they are pasted: into a shell, a script, a client's configuration.
import { m, t } from './text.svelte';

export interface Snippet {
  name: string;
  text: string;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

interface Wish {
  kind: string;
  secret: string;
  /** Path of an example that the key may ask for. */
  example: string;
  /** A role's key has no account: ZenML's clients cannot sign in with it. */
  ofRole: boolean;
  origin?: string;
}

/** Registries want a name; ours does not look at it. */
const anybody = 'key';

export function snippetsFor({ kind, secret, example, ofRole, origin = location.origin }: Wish): Snippet[] {
  const url = origin + example;
  const { host, protocol } = new URL(origin);
  const plain = protocol === 'http:' ? ' --tls-verify=false' : '';
  const all: Snippet[] = [
    { name: 'curl', text: `curl -H ${quoted(`api-key: ${secret}`)} ${quoted(url)}` },
    { name: 'Bearer', text: `curl -H ${quoted(`Authorization: Bearer ${secret}`)} ${quoted(url)}` },
    { name: 'fetch', text: `const answer = await fetch('${url}', {\n  headers: { 'api-key': '${secret}' },\n});\nconsole.log(answer.status, await answer.json());` },
    {
      name: 'Python',
      text: `import json, urllib.request\n\nrequest = urllib.request.Request(\n    '${url}',\n    headers={'api-key': '${secret}'},\n)\nprint(json.load(urllib.request.urlopen(request)))`,
    },
    { name: 'docker', text: `printf %s ${quoted(secret)} | docker login ${host} -u ${anybody} --password-stdin` },
    { name: 'skopeo', text: `printf %s ${quoted(secret)} | skopeo login ${host} -u ${anybody} --password-stdin${plain}` },
  ];
  const own: Snippet[] = [];
  if (kind === 'zot') own.push({ name: 'zot', text: `curl -u ${quoted(`${anybody}:${secret}`)} ${quoted(`${origin}/v2/`)}` });
  if (kind === 'zenml' && !ofRole) own.push({ name: 'ZenML', text: `curl -X POST --data-urlencode ${quoted(`password=${secret}`)} ${quoted(`${origin}/api/v1/login`)}` });
  if (kind === 'chutes') own.push({ name: 'Chutes', text: `curl -H ${quoted(`Authorization: Bearer ${secret}`)} ${quoted(`${origin}/api_keys/`)}` });
  return [...own, ...all];
}

export interface Trial {
  status: number;
  ms: number;
}

/** Calls the API with the key and nothing else: the session's cookie stays at home. */
export async function tryKey(secret: string, path = '/api/auth/me', body?: object): Promise<Trial> {
  const begun = performance.now();
  const init: RequestInit = { credentials: 'omit', cache: 'no-store', headers: { 'api-key': secret, Accept: 'application/json' } };
  if (body) Object.assign(init, { method: 'POST', body: JSON.stringify(body), headers: { ...init.headers, 'Content-Type': 'application/json' } });
  const response = await fetch(path, init);
  await response.text();
  return { status: response.status, ms: Math.max(1, Math.round(performance.now() - begun)) };
}

/** What docker login does first: the key as Basic's password at the registry's door. */
export async function tryRegistry(secret: string): Promise<Trial> {
  const begun = performance.now();
  const response = await fetch('/v2/', { credentials: 'omit', cache: 'no-store', headers: { Authorization: `Basic ${btoa(`${anybody}:${secret}`)}` } });
  await response.text();
  return { status: response.status, ms: Math.max(1, Math.round(performance.now() - begun)) };
}

const outcomes: [number, string][] = [
  [401, m('The server refuses the key: it is not valid now, or not from this address.')],
  [403, m('The key is known, and may not do this.')],
  [404, m('The key is known, and sees nothing here.')],
  [429, m('Too many wrong keys came from this address; try again in a minute.')],
];

export const sayTrial = ({ status, ms }: Trial): string => t('answered {status} in {ms} ms', { status: String(status), ms });
export const sayRefusal = (status: number): string => {
  const found = outcomes.find(([one]) => one === status)?.[1];
  return found ? t(found) : '';
};
