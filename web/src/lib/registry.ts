// The registry as people look at it: what a manifest is, what its configuration says, how an image is pulled.
import { act, asProblem, fetched, page, Problem, request } from './api';
import { m } from './text.svelte';
import { isObject, type Json, type JsonObject, type Kept, type Ref } from './types';

export interface Repository extends Kept {
  name: string;
  description: string | null;
  immutable_tags: boolean | null;
  quota: number | null;
  upstream: Ref | null;
  size: number | null;
  pushed_at: string | null;
  pulls: number | null;
}

export interface Manifest extends Kept {
  repository: Ref;
  digest: string;
  media_type: string;
  artifact_type: string | null;
  size: number;
  subject: string | null;
  config: Ref | Layer | null;
  layers: (Ref | Layer)[] | null;
  manifests: (Ref | Manifest)[] | null;
  depth: number | null;
  lacks: string[] | null;
  platform: string | null;
  annotations: { [name: string]: string } | null;
  total_size: number | null;
  created_at: string | null;
  pushed_at: string | null;
  pulled_at: string | null;
  pulls: number | null;
}

export interface Layer extends Kept {
  digest: string;
  size: number;
}

export interface Tag extends Kept {
  name: string;
  repository: Ref;
  manifest: Manifest;
  pushed_at: string | null;
  pulled_at: string | null;
}

/** What zot's search knows of one image that the collections do not say. */
export interface Verdict {
  Tag: string;
  Digest: string;
  IsSigned: boolean;
  SignatureInfo: { Tool: string; IsTrusted: boolean; Author: string }[];
  Vulnerabilities: { MaxSeverity: string; Count: number } | null;
}

export interface Finding {
  Id: string;
  Title: string;
  Severity: string;
  PackageList: { Name: string; InstalledVersion: string; FixedVersion: string }[];
}

// ---- addresses: "-" is no part of a repository's name, so what is behind it is ours ----

const parts = (...all: string[]): string => all.map(encodeURIComponent).join('/').replaceAll('%3A', ':');
export const repositoryPath = (name: string, ...behind: string[]): string =>
  `/registry/${parts(...name.split('/'))}${behind.length ? `/-/${parts(...behind)}` : ''}`;
export const registryPath = (...behind: string[]): string => `/registry${behind.length ? `/-/${parts(...behind)}` : ''}`;

/** What the path behind /registry says: a repository or none, and what of it. */
export function placeIn(rest: readonly string[]): { repository: string; behind: string[] } {
  const at = rest.indexOf('-');
  return at < 0 ? { repository: rest.join('/'), behind: [] } : { repository: rest.slice(0, at).join('/'), behind: rest.slice(at + 1) };
}

const distribution = (repository: string, ...behind: string[]): string => `/v2/${repository}/${behind.join('/')}`;
export const manifestUrl = (repository: string, reference: string): string => distribution(repository, 'manifests', reference);

// ---- names ----

export const isDigest = (text: string): boolean => /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(text);

/** sha256:6b1f2c…e2a0: enough to tell one from another. */
export function shortDigest(digest: string): string {
  const at = digest.indexOf(':');
  const rest = digest.slice(at + 1);
  return rest.length > 16 ? `${digest.slice(0, at + 1)}${rest.slice(0, 8)}…${rest.slice(-4)}` : digest;
}

/** cosign keeps what is about an image under a tag made of its digest: those are listed with the image, and not as images. */
export const isAboutTag = (name: string): boolean => /^sha(256|512)-[0-9a-f]{32,}(\..+)?$/.test(name);
export const aboutTags = (digest: string): string => digest.replace(':', '-');

export const validTag = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name);

/** Namespaces with the number of repositories in them; those without a slash are in the first one. */
export function namespaces(names: readonly string[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const at = name.lastIndexOf('/');
    const space = at < 0 ? '' : name.slice(0, at);
    counts.set(space, (counts.get(space) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => a.name.localeCompare(b.name));
}

// ---- what it is ----

export type Kind = 'index' | 'image' | 'signature' | 'sbom' | 'attestation' | 'report' | 'chart' | 'artifact';

export const kindNames: Record<Kind, string> = {
  index: m('Image for several platforms'),
  image: m('Image'),
  signature: m('Signature'),
  sbom: m('List of parts (SBOM)'),
  attestation: m('Attestation'),
  report: m('Vulnerability report'),
  chart: m('Helm chart'),
  artifact: m('Artifact'),
};

export function kindOf(one: Pick<Manifest, 'media_type' | 'artifact_type' | 'subject' | 'depth'>, tag = ''): Kind {
  const type = (one.artifact_type ?? '').toLowerCase();
  if (/\.sig$/.test(tag) || /cosign.*(sign|bundle)|notary.*signature|sigstore.bundle|simplesigning/.test(type)) return 'signature';
  if (/\.att$/.test(tag) || /in-toto|attestation|provenance|slsa/.test(type)) return 'attestation';
  if (/trivy|grype|sarif|vex|vulnerab|cve/.test(type)) return 'report';
  if (/\.sbom$/.test(tag) || /spdx|cyclonedx|syft|sbom/.test(type)) return 'sbom';
  if (/helm/.test(type)) return 'chart';
  if (/image\.index|manifest\.list/.test(one.media_type)) return 'index';
  if (type && !/image\.config|container\.image|empty/.test(type)) return 'artifact';
  return one.subject ? 'artifact' : 'image';
}

// ---- configuration ----

export interface Step {
  /** The command that made it, without what the builder puts around it. */
  command: string;
  created: string | undefined;
  empty: boolean;
}

export interface ImageConfig {
  created: string | undefined;
  platform: string;
  author: string;
  entrypoint: string[];
  cmd: string[];
  env: { name: string; value: string }[];
  workdir: string;
  user: string;
  ports: string[];
  volumes: string[];
  stopSignal: string;
  labels: { name: string; value: string }[];
  history: Step[];
}

const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const names = (value: Json | undefined): string[] => (isObject(value) ? Object.keys(value) : []);

export function readConfig(config: JsonObject): ImageConfig {
  const run = isObject(config.config) ? config.config : {};
  const labels = isObject(run.Labels) ? run.Labels : {};
  return {
    created: text(config.created) || undefined,
    platform: [text(config.os), text(config.architecture), text(config.variant)].filter(Boolean).join('/'),
    author: text(config.author),
    entrypoint: texts(run.Entrypoint),
    cmd: texts(run.Cmd),
    env: texts(run.Env).map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? { name: pair, value: '' } : { name: pair.slice(0, at), value: pair.slice(at + 1) };
    }),
    workdir: text(run.WorkingDir),
    user: text(run.User),
    ports: names(run.ExposedPorts),
    volumes: names(run.Volumes),
    stopSignal: text(run.StopSignal),
    labels: Object.entries(labels).map(([name, value]) => ({ name, value: text(value) })),
    history: (Array.isArray(config.history) ? config.history : []).filter(isObject).map((step) => ({
      command: text(step.created_by)
        .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
        .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
        .replace(/ # buildkit$/, ''),
      created: text(step.created) || undefined,
      empty: step.empty_layer === true,
    })),
  };
}

/** Layers with the step that made each: steps without a layer are passed over. */
export function withSteps<One>(layers: readonly One[], history: readonly Step[]): { layer: One; step: Step | undefined }[] {
  const made = history.filter((step) => !step.empty);
  // A history that does not fit says nothing about layers.
  return layers.map((layer, i) => ({ layer, step: made.length === layers.length ? made[i] : undefined }));
}

export const digestOf = (one: Ref | Layer | Manifest | null | undefined): string => (one && 'digest' in one ? String(one.digest) : '');
export const isWhole = <One extends Layer | Manifest>(one: Ref | One): one is One => 'digest' in one;

export interface Difference {
  name: string;
  before: string | undefined;
  after: string | undefined;
}

/** What is not the same in two lists of names and values. */
export function differences(before: readonly { name: string; value: string }[], after: readonly { name: string; value: string }[]): Difference[] {
  const old = new Map(before.map((one) => [one.name, one.value]));
  const now = new Map(after.map((one) => [one.name, one.value]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .sort()
    .map((name) => ({ name, before: old.get(name), after: now.get(name) }));
}

export function compareLayers(before: readonly Layer[], after: readonly Layer[]): { same: Layer[]; gone: Layer[]; added: Layer[] } {
  const old = new Set(before.map((one) => one.digest));
  const now = new Set(after.map((one) => one.digest));
  return {
    same: after.filter((one) => old.has(one.digest)),
    gone: before.filter((one) => !now.has(one.digest)),
    added: after.filter((one) => !old.has(one.digest)),
  };
}

// ---- commands ----

export function pullCommands(host: string, repository: string, reference: string, kind: Kind, plain: boolean): { name: string; text: string }[] {
  const image = `${host}/${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
  const file = repository.split('/').at(-1) ?? repository;
  const tools = {
    docker: `docker pull ${image}`,
    podman: `podman pull ${plain ? '--tls-verify=false ' : ''}${image}`,
    skopeo: `skopeo copy ${plain ? '--src-tls-verify=false ' : ''}docker://${image} oci:${file}`,
    oras: `oras pull ${plain ? '--plain-http ' : ''}${image}`,
    helm: `helm pull ${plain ? '--plain-http ' : ''}oci://${host}/${repository} --version ${reference}`,
  };
  const order: (keyof typeof tools)[] = kind === 'image' || kind === 'index' ? ['docker', 'podman', 'skopeo', 'oras'] : kind === 'chart' ? ['helm', 'oras', 'skopeo'] : ['oras', 'skopeo'];
  return order.map((name) => ({ name, text: tools[name] }));
}

/** The first push, for who has none yet. */
export function pushCommands(host: string, plain: boolean, user: string): { name: string; text: string }[] {
  return [
    { name: 'docker', text: `docker login ${host} --username ${user}\ndocker tag app:1.0 ${host}/acme/app:1.0\ndocker push ${host}/acme/app:1.0` },
    { name: 'podman', text: `podman login ${plain ? '--tls-verify=false ' : ''}${host} --username ${user}\npodman push ${plain ? '--tls-verify=false ' : ''}app:1.0 ${host}/acme/app:1.0` },
    { name: 'skopeo', text: `skopeo copy ${plain ? '--dest-tls-verify=false ' : ''}--dest-creds=x:$KEY oci:build:it docker://${host}/acme/app:1.0` },
    { name: 'oras', text: `oras login ${plain ? '--plain-http ' : ''}${host} --username ${user}\noras push ${plain ? '--plain-http ' : ''}${host}/acme/app:1.0 ./file.json:application/json` },
  ];
}

/** A text cut at the digests in it, so that they can be links. */
export function cutAtDigests(source: string): { text: string; digest: boolean }[] {
  return source
    .split(/(\b[a-z0-9]+:[0-9a-f]{64,128}\b)/)
    .map((piece, i) => ({ text: piece, digest: i % 2 === 1 }))
    .filter((piece) => piece.text);
}

// ---- the distribution API, as the session ----

/** Its refusals have a list of errors and no title: the first one says what it is about. */
export async function distribute(path: string, options: Parameters<typeof fetched>[1] = {}): Promise<Response> {
  try {
    return await fetched(path, options);
  } catch (error) {
    const problem = asProblem(error);
    const said = problem.faults[0]?.detail;
    throw said && !problem.detail ? new Problem(problem.status, said, '', problem.requestId, problem.faults) : problem;
  }
}

export async function blobJson(repository: string, digest: string): Promise<Json> {
  return JSON.parse(await (await distribute(distribution(repository, 'blobs', digest))).text()) as Json;
}

const acceptAll = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The bytes as they came. Counted as a pull, like every GET of a manifest. */
export async function manifestText(repository: string, reference: string): Promise<{ text: string; type: string }> {
  const response = await distribute(manifestUrl(repository, reference), { headers: { Accept: acceptAll } });
  return { text: await response.text(), type: response.headers.get('Content-Type') ?? '' };
}

/** The same manifest under another name; `anew`: only when there is no such tag. */
export async function tagManifest(repository: string, digest: string, tag: string, anew: boolean): Promise<void> {
  const { text: body, type } = await manifestText(repository, digest);
  await distribute(manifestUrl(repository, tag), { method: 'PUT', raw: { body, type }, ...(anew ? { headers: { 'If-None-Match': '*' } } : {}) });
}

export async function deleteTag(repository: string, tag: string): Promise<void> {
  await distribute(manifestUrl(repository, tag), { method: 'DELETE' });
}

/** A question to zot's search. `errors` without data are a refusal, in its words. */
export async function ask<T>(query: string, variables: JsonObject): Promise<T> {
  const { data } = await request<{ data: T | null; errors?: { message: string }[] }>('/v2/_zot/ext/search', { method: 'POST', body: { query, variables } });
  if (!data.data) throw new Problem(422, data.errors?.[0]?.message ?? 'No answer');
  return data.data;
}

export async function verdicts(repository: string): Promise<Map<string, Verdict>> {
  const answer = await ask<{ ExpandedRepoInfo: { Images: Verdict[] } }>(
    'query($repo:String!){ExpandedRepoInfo(repo:$repo){Images{Tag Digest IsSigned SignatureInfo{Tool IsTrusted Author} Vulnerabilities{MaxSeverity Count}}}}',
    { repo: repository },
  );
  return new Map(answer.ExpandedRepoInfo.Images.map((one) => [one.Tag, one]));
}

/** undefined: nobody has attached a report. */
export async function findings(repository: string, reference: string): Promise<Finding[] | undefined> {
  const image = `${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
  try {
    const answer = await ask<{ CVEListForImage: { CVEList: Finding[] } }>(
      'query($image:String!){CVEListForImage(image:$image){CVEList{Id Title Severity PackageList{Name InstalledVersion FixedVersion}}}}',
      { image },
    );
    return answer.CVEListForImage.CVEList;
  } catch (error) {
    if (asProblem(error).title.startsWith('cve search is disabled')) return undefined;
    throw error;
  }
}

export async function toggle(repository: string, what: 'toggleStar' | 'toggleBookmark'): Promise<void> {
  await distribute(`/v2/_zot/ext/userprefs?action=${what}&repo=${encodeURIComponent(repository)}`, { method: 'PUT' });
}

export const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN', 'NONE'] as const;
export const severityNames: Record<string, { label: string; tone: 'danger' | 'warn' | 'plain' | 'good' }> = {
  CRITICAL: { label: m('Critical'), tone: 'danger' },
  HIGH: { label: m('High'), tone: 'danger' },
  MEDIUM: { label: m('Medium'), tone: 'warn' },
  LOW: { label: m('Low'), tone: 'plain' },
  UNKNOWN: { label: m('Unknown'), tone: 'plain' },
  NONE: { label: m('None found'), tone: 'good' },
};

/** A manifest with its configuration, layers and what it lists; by a tag or a digest. */
export async function readManifest(repository: string, reference: string): Promise<{ manifest: Manifest; tag: Tag | undefined } | undefined> {
  const below = { config: {}, layers: {}, manifests: { fields: ['digest', 'platform', 'total_size', 'size', 'media_type', 'artifact_type'] } };
  if (isDigest(reference)) {
    const { data } = await page<Manifest>('manifests', { filter: { 'repository.name': repository, digest: reference }, populate: below, limit: 1 });
    return data[0] && { manifest: data[0], tag: undefined };
  }
  const { data } = await page<Tag>('tags', { filter: { 'repository.name': repository, name: reference }, populate: { manifest: { populate: below } }, limit: 1 });
  return data[0] && { manifest: data[0].manifest, tag: data[0] };
}

/** In how many manifests each of these layers is, wherever the reader may look; of the first five hundred. */
export async function sharing(digests: readonly string[]): Promise<{ counts: Map<string, number>; more: boolean }> {
  const counts = new Map<string, number>();
  if (!digests.length) return { counts, more: false };
  const { data, next } = await page<Manifest>('manifests', {
    filter: { 'layers.digest': { $in: [...digests] } },
    fields: ['layers'],
    populate: { layers: { fields: ['digest'] } },
    limit: 500,
  });
  for (const manifest of data) for (const digest of new Set((manifest.layers ?? []).map(digestOf))) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return { counts, more: next !== '' };
}

/** What is about a manifest: by its subject, or under a tag made of its digest. */
export async function referrersOf(repository: string, digest: string): Promise<{ manifest: Manifest; tag: string }[]> {
  const populate = { layers: {} };
  const [bySubject, byTag] = await Promise.all([
    page<Manifest>('manifests', { filter: { 'repository.name': repository, subject: digest }, populate, sort: { pushed_at: -1 }, limit: 100 }),
    page<Tag>('tags', { filter: { 'repository.name': repository, name: { $startsWith: aboutTags(digest) } }, populate: { manifest: { populate } }, limit: 20 }),
  ]);
  const named = byTag.data.map((tag) => ({ manifest: tag.manifest, tag: tag.name }));
  return [...named, ...bySubject.data.filter((one) => !named.some((other) => other.manifest._id === one._id)).map((manifest) => ({ manifest, tag: '' }))];
}

export interface Signature {
  tool: string;
  trusted: boolean;
  author: string;
  reason: string | null;
  reference: string | null;
  signature: string;
}
export const signaturesOf = async (manifest: string): Promise<Signature[]> => (await act<{ signatures: Signature[] }>('manifests', manifest, 'signatures')).data.signatures;
