// The desk: states, names and checks of certificates and requests, in the words of docs/certificates.md.
import { request, urlOf } from './api';
import { m } from './text.svelte';
import type { Item, JsonObject, Ref } from './types';
import type { NamePart } from './x509';

export interface CertificateRequest extends Item {
  csr: string;
  profile: Ref | null;
  note: string | null;
  serial: number;
  status: Status;
  subject: string | null;
  names: string[] | null;
  key_type: string;
  certificate: Ref | null;
  chain: string | null;
  rule: string | null;
  approved_by: string | null;
  decided_at: string | null;
  reason: string | null;
}

export interface Certificate extends Item {
  pem: string;
  number: number;
  fingerprint: string;
  serial: string;
  subject: string;
  names: string[] | null;
  is_authority: boolean | null;
  issuer: Ref | null;
  authority: Ref | null;
  request: Ref | null;
  profile: string | null;
  key_type: string;
  not_before: string;
  not_after: string;
  revoked_at: string | null;
  revocation: string | null;
}

export interface Authority extends Item {
  name: string;
  enabled: boolean | null;
  self_signed: boolean | null;
  subject: { [part: string]: string | null } | null;
  key_type: string;
  path_len: number | null;
  permitted_dns: string[] | null;
  permitted_networks: string[] | null;
  profile: Ref | null;
  leaf_max_days: number | null;
  crl_days: number | null;
  serial: number;
  csr: string | null;
  certificate: Ref | null;
  chain: string | null;
  crl_number: number | null;
  crl_count: number | null;
  crl_next: string | null;
}

export interface Profile extends Item {
  name: string;
  info: string | null;
  usages: string[] | null;
  max_days: number;
  key_types: string[] | null;
  rsa_min_bits: number;
  name_kinds: string[] | null;
  subject_parts: string[] | null;
}

export interface IssuingRule extends Item {
  name: string;
  enabled: boolean | null;
  order: number | null;
  roles: Ref[] | null;
  users: Ref[] | null;
  service_accounts: Ref[] | null;
  authority: Ref | null;
  profile: Ref | null;
  dns: string[] | null;
  networks: string[] | null;
  emails: string[] | null;
  uris: string[] | null;
  wildcards: boolean | null;
  max_days: number | null;
  decision: 'sign' | 'ask' | 'ask_two';
}

export type Status = 'Outstanding' | 'Active' | 'Rejected' | 'Revoked';
export type Tone = 'plain' | 'good' | 'warn' | 'danger' | 'accent';

export const statusNames: Record<Status, { label: string; tone: Tone }> = {
  Outstanding: { label: m('Waiting'), tone: 'accent' },
  Active: { label: m('Signed'), tone: 'good' },
  Rejected: { label: m('Rejected'), tone: 'plain' },
  Revoked: { label: m('Revoked'), tone: 'danger' },
};

/** RFC 5280's reasons that the desk takes, in people's words. */
export const revocationReasons: { value: string; label: string }[] = [
  { value: 'unspecified', label: m('No reason given') },
  { value: 'superseded', label: m('Replaced by another certificate') },
  { value: 'cessationOfOperation', label: m('No longer in use') },
  { value: 'affiliationChanged', label: m('Its owner or name has changed') },
  { value: 'privilegeWithdrawn', label: m('The right to it was withdrawn') },
  { value: 'keyCompromise', label: m('Its key was lost or stolen') },
  { value: 'cACompromise', label: m('The key of its authority was lost or stolen') },
];

export const decisions: { value: IssuingRule['decision']; label: string }[] = [
  { value: 'sign', label: m('Sign at once') },
  { value: 'ask', label: m('Somebody decides') },
  { value: 'ask_two', label: m('Somebody approves, somebody else signs') },
];

export const usages: { value: string; label: string }[] = [
  { value: 'server', label: m('TLS server') },
  { value: 'client', label: m('TLS client') },
  { value: 'code_signing', label: m('Code signing') },
  { value: 'email', label: m('E-mail') },
];

export const keyTypes = ['ec-p256', 'ec-p384', 'ed25519', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;

export const nameKinds: { value: string; label: string }[] = [
  { value: 'dns', label: m('DNS names') },
  { value: 'ip', label: m('IP addresses') },
  { value: 'email', label: m('E-mail addresses') },
  { value: 'uri', label: m('URIs') },
];

/** "rsa-2048" as people write it, and "rsa", of which a profile takes every length. */
export function keyName(type: string | null): string {
  if (!type) return '';
  if (type.startsWith('rsa-')) return `RSA ${type.slice(4)}`;
  if (type.startsWith('ec-p')) return `EC P-${type.slice(4)}`;
  return type === 'rsa' ? 'RSA' : type === 'ed25519' ? 'Ed25519' : type;
}

/** "dns:a.example.org" -> its kind and the name itself. */
export function splitName(name: string): { kind: string; value: string } {
  const at = name.indexOf(':');
  return at < 0 ? { kind: '', value: name } : { kind: name.slice(0, at), value: name.slice(at + 1) };
}

/** "O=Acme,CN=Acme Root" and "CN=a, O=b"; a comma in a value is escaped. */
export function splitSubject(subject: string | null): NamePart[] {
  if (!subject) return [];
  return subject.split(/(?<!\\),\s*(?=[A-Za-z0-9.]+=)/).map((part) => {
    const at = part.indexOf('=');
    return { key: part.slice(0, at), value: part.slice(at + 1).replace(/\\(.)/g, '$1') };
  });
}

/** The name that a list shows: common name, else the first of the names, else the subject. */
export function titleOf(one: { subject: string | null; names?: string[] | null }): string {
  const common = splitSubject(one.subject).find((part) => part.key === 'CN')?.value;
  return common || (one.names?.[0] && splitName(one.names[0]).value) || one.subject || '–';
}

export type Standing = 'good' | 'ending' | 'ended' | 'revoked' | 'early';

const day = 86_400_000;
/** Under a third of its life, or under thirty days when that is less: time to renew. */
export function standingOf(one: { not_before: string; not_after: string; revoked_at: string | null }, now = Date.now()): Standing {
  if (one.revoked_at) return 'revoked';
  const from = Date.parse(one.not_before);
  const to = Date.parse(one.not_after);
  if (to <= now) return 'ended';
  if (from > now) return 'early';
  return to - now < Math.min(30 * day, (to - from) / 3) ? 'ending' : 'good';
}

export const standings: Record<Standing, { label: string; tone: Tone }> = {
  good: { label: m('Good'), tone: 'good' },
  ending: { label: m('Ends soon'), tone: 'warn' },
  ended: { label: m('Expired'), tone: 'danger' },
  revoked: { label: m('Revoked'), tone: 'danger' },
  early: { label: m('Not valid yet'), tone: 'plain' },
};

/** Whole days between two moments, at least one. */
export const daysBetween = (from: string | number, to: string | number): number =>
  Math.max(1, Math.round((new Date(to).getTime() - new Date(from).getTime()) / day));

export interface Check {
  ok: boolean;
  /** For m(); `said` fills its names. */
  text: string;
  said: { [name: string]: string | number };
}

/** Whether a rule lets one name in (docs/certificates.md, "Who gets what"). */
export function ruleAllows(rule: Pick<IssuingRule, 'dns' | 'networks' | 'emails' | 'uris' | 'wildcards'>, name: string): boolean {
  const { kind, value } = splitName(name.toLowerCase());
  if (kind === 'email') return (rule.emails ?? []).some((one) => (one.startsWith('@') ? value.endsWith(one.toLowerCase()) : value === one.toLowerCase()));
  if (kind === 'uri') return (rule.uris ?? []).some((one) => splitName(name).value.startsWith(one));
  if (kind === 'ip') return (rule.networks ?? []).some((network) => isInNetwork(value, network));
  if (value.startsWith('*') && !rule.wildcards) return false;
  return (rule.dns ?? []).some((one) => {
    const pattern = one.toLowerCase();
    const below = pattern.startsWith('**.') ? pattern.slice(2) : pattern.startsWith('*.') ? pattern.slice(1) : '';
    if (!below) return value === pattern;
    if (value.length <= below.length || !value.endsWith(below)) return false;
    return pattern.startsWith('**.') || !value.slice(0, -below.length).includes('.');
  });
}

function numbersOf(address: string): number[] | undefined {
  if (/^\d+(\.\d+){3}$/.test(address)) return address.split('.').map(Number);
  if (!address.includes(':')) return undefined;
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] => (text ? text.split(':').map((group) => parseInt(group, 16)) : []);
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const full = tail === undefined ? front : [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
  return full.flatMap((group) => [group >> 8, group & 255]);
}

export function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const one = numbersOf(address);
  const other = numbersOf(base);
  if (!one || !other || one.length !== other.length) return false;
  let left = bits === undefined ? one.length * 8 : Number(bits);
  for (let i = 0; i < one.length && left > 0; i += 1, left -= 8) {
    const mask = left >= 8 ? 255 : (255 << (8 - left)) & 255;
    if ((one[i]! & mask) !== (other[i]! & mask)) return false;
  }
  return true;
}

/** What a profile asks of a request: the same that the server looks at when it signs. */
export function profileChecks(asked: Pick<CertificateRequest, 'key_type' | 'names'>, profile: Profile | undefined): Check[] {
  const bits = asked.key_type.startsWith('rsa-') ? Number(asked.key_type.slice(4)) : 0;
  const least = profile?.rsa_min_bits ?? 2048;
  const family = bits ? 'rsa' : asked.key_type;
  const types = profile?.key_types ?? [];
  const kinds = profile?.name_kinds ?? [];
  const strange = (asked.names ?? []).filter((name) => kinds.length && !kinds.includes(splitName(name).kind));
  const checks: Check[] = [];
  if (types.length) checks.push({ ok: types.includes(family), text: m('Key type: {type}; the profile takes {types}'), said: { type: keyName(asked.key_type), types: types.map(keyName).join(', ') } });
  if (bits) checks.push({ ok: bits >= least, text: m('Key length: {bits} bits; at least {least} are asked for'), said: { bits: String(bits), least: String(least) } });
  else if (!types.length) checks.push({ ok: true, text: m('Key type: {type}'), said: { type: keyName(asked.key_type) } });
  checks.push(
    strange.length
      ? { ok: false, text: m('The profile does not take these names: {names}'), said: { names: strange.map((name) => splitName(name).value).join(', ') } }
      : { ok: true, text: m('{count, plural, =0 {No names beside the subject} one {The kind of its name is taken} other {The kinds of its # names are taken}}'), said: { count: asked.names?.length ?? 0 } },
  );
  return checks;
}

export function ruleChecks(asked: Pick<CertificateRequest, 'names'>, rule: IssuingRule | undefined, days?: number): Check[] {
  if (!rule) return [];
  const refused = (asked.names ?? []).filter((name) => !ruleAllows(rule, name));
  const said = { rule: rule.name, names: refused.map((name) => splitName(name).value).join(', ') };
  const checks: Check[] = [
    refused.length ? { ok: false, text: m('The rule “{rule}” does not allow {names}'), said } : { ok: true, text: m('The rule “{rule}” allows every name'), said: { rule: rule.name } },
  ];
  if (rule.enabled === false) checks.push({ ok: false, text: m('The rule “{rule}” is disabled'), said: { rule: rule.name } });
  if (days && rule.max_days) checks.push({ ok: days <= rule.max_days, text: m('Lifetime: {days} days; the rule allows {most}'), said: { days, most: rule.max_days } });
  return checks;
}

/** What stands in the way of constraints of an authority: names outside of what it may sign for. */
export function outside(asked: readonly string[], authority: Pick<Authority, 'permitted_dns' | 'permitted_networks'>): string[] {
  const domains = authority.permitted_dns ?? [];
  const networks = authority.permitted_networks ?? [];
  return asked.filter((name) => {
    const { kind, value } = splitName(name.toLowerCase());
    if (kind === 'dns' && domains.length) {
      const plain = value.replace(/^\*\./, '');
      return !domains.some((domain) => plain === domain.toLowerCase() || plain.endsWith(`.${domain.toLowerCase()}`));
    }
    if (kind === 'ip' && networks.length) return !networks.some((network) => isInNetwork(value, network));
    return false;
  });
}

export type Verdict = { rule: string | null; decision: IssuingRule['decision'] | null; refused: string[] };

/** Whether the issuing rules would let these names in, for who asks. */
export const checkNames = async (names: readonly string[]): Promise<Verdict> =>
  (await request<Verdict>('/api/content/action/certificate_requests/check', { method: 'POST', body: { names: [...names] } as JsonObject })).data;

/** Which of these verbs this session may use on a collection at all: so no button is dead. */
export async function mayDo<Verb extends string>(collection: string, verbs: readonly Verb[]): Promise<Set<Verb>> {
  const answers = await Promise.all(
    verbs.map((verb) =>
      request<{ decision: string }>(urlOf('/api/auth/explain', { collection, verb })).then(
        ({ data }) => data.decision !== 'refused',
        () => false,
      ),
    ),
  );
  return new Set(verbs.filter((_, i) => answers[i]));
}

export const lines = (text: string): string[] => text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
export const sameRef = (ref: Ref | null | undefined, id: string): boolean => ref?._id === id;
