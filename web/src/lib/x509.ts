// What stands in a certificate or in a request for one, to be shown: before it is handed in, and where only its PEM is known.
import { elements, hex, inside, oid, pemBlocks, time, words, type Element } from './der';

export interface NamePart {
  key: string;
  value: string;
}

export interface Facts {
  subject: NamePart[];
  /** dns:…, ip:…, email:…, uri:…, as the collections have them. */
  names: string[];
  keyType: string;
}

export interface CertificateFacts extends Facts {
  issuer: NamePart[];
  serial: string;
  notBefore: number;
  notAfter: number;
  isAuthority: boolean;
  pathLength: number | undefined;
  /** Where the list of revoked ones is, and who answers OCSP. */
  crl: string[];
  ocsp: string[];
}

const partNames: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

const curves: Record<string, string> = { '1.2.840.10045.3.1.7': 'ec-p256', '1.3.132.0.34': 'ec-p384', '1.3.132.0.35': 'ec-p521' };

function readName(name: Element | undefined): NamePart[] {
  return inside(name).flatMap((set) =>
    inside(set).map((pair) => {
      const [type, value] = inside(pair);
      const id = type ? oid(type.bytes) : '';
      return { key: partNames[id] ?? id, value: value ? words(value) : '' };
    }),
  );
}

/** rsa-2048, ec-p256, ed25519: the words of the collections. */
function readKey(info: Element | undefined): string {
  const [algorithm, bits] = inside(info);
  const [id, parameters] = inside(algorithm);
  const name = id ? oid(id.bytes) : '';
  if (name === '1.3.101.112') return 'ed25519';
  if (name === '1.2.840.10045.2.1') return (parameters && curves[oid(parameters.bytes)]) ?? 'ec';
  if (name !== '1.2.840.113549.1.1.1' || !bits) return name;
  const modulus = inside(elements(bits.bytes.subarray(1))[0])[0]!.bytes;
  const zeros = modulus.findIndex((byte) => byte !== 0);
  return `rsa-${(modulus.length - zeros) * 8 - (Math.clz32(modulus[zeros]!) - 24)}`;
}

function address(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16)).join(':');
}

const general: Record<number, (one: Element) => string> = {
  0x81: (one) => `email:${words(one)}`,
  0x82: (one) => `dns:${words(one)}`,
  0x86: (one) => `uri:${words(one)}`,
  0x87: (one) => `ip:${address(one.bytes)}`,
};

const readNames = (sequence: Element | undefined): string[] => inside(sequence).flatMap((one) => general[one.tag]?.(one) ?? []);

/** By their numbers: what an extension says. */
function readExtensions(list: Element | undefined): Map<string, Element> {
  const all = new Map<string, Element>();
  for (const extension of inside(list)) {
    const parts = inside(extension);
    const value = parts.at(-1);
    if (parts[0] && value) all.set(oid(parts[0].bytes), elements(value.bytes)[0]!);
  }
  return all;
}

/** Every address in it, however deep. */
function addresses(element: Element | undefined): string[] {
  if (!element) return [];
  if (element.tag === 0x86) return [words(element)];
  return element.tag & 0x20 ? inside(element).flatMap(addresses) : [];
}

export function readCertificate(bytes: Uint8Array): CertificateFacts {
  const parts = inside(inside(elements(bytes)[0])[0]);
  if (parts[0]?.tag === 0xa0) parts.shift();
  const [serial, , issuer, validity, subject, key, ...more] = parts;
  const [notBefore, notAfter] = inside(validity);
  const extensions = readExtensions(inside(more.find((one) => one.tag === 0xa3))[0]);
  const basic = inside(extensions.get('2.5.29.19'));
  const length = basic.find((one) => one.tag === 0x02);
  const access = inside(extensions.get('1.3.6.1.5.5.7.1.1')).filter((one) => oid(inside(one)[0]!.bytes) === '1.3.6.1.5.5.7.48.1');
  return {
    subject: readName(subject),
    issuer: readName(issuer),
    names: readNames(extensions.get('2.5.29.17')),
    keyType: readKey(key),
    serial: hex(serial!.bytes).replace(/^00(?=.)/, ''),
    notBefore: time(notBefore),
    notAfter: time(notAfter),
    isAuthority: basic[0]?.tag === 0x01 && basic[0].bytes[0] !== 0,
    pathLength: length?.bytes[0],
    crl: addresses(extensions.get('2.5.29.31')),
    ocsp: access.flatMap(addresses),
  };
}

export function readRequest(bytes: Uint8Array): Facts {
  const [, subject, key, attributes] = inside(inside(elements(bytes)[0])[0]);
  if (!subject || !key) throw new Error('not a request');
  const asked = inside(attributes).find((one) => oid(inside(one)[0]!.bytes) === '1.2.840.113549.1.9.14');
  const list = inside(inside(asked)[1])[0];
  return { subject: readName(subject), names: readNames(readExtensions(list).get('2.5.29.17')), keyType: readKey(key) };
}

const quietly = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** The request in a PEM text; undefined: there is none that can be read. */
export function requestIn(text: string): Facts | undefined {
  const block = pemBlocks(text).find((one) => /^(NEW )?CERTIFICATE REQUEST$/.test(one.label));
  return block && quietly(() => readRequest(block.bytes));
}

/** The certificates of a PEM text in their order. */
export function certificatesIn(text: string): CertificateFacts[] {
  return pemBlocks(text)
    .filter((one) => one.label === 'CERTIFICATE')
    .flatMap((one) => quietly(() => readCertificate(one.bytes)) ?? []);
}

export const hasPrivateKey = (text: string): boolean => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);

/** What a name is called among people: its common name, else all of it. */
export const shortName = (parts: readonly NamePart[]): string => parts.find((part) => part.key === 'CN')?.value ?? parts.map((part) => `${part.key}=${part.value}`).join(', ');
