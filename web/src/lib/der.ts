// Just enough of DER to look into certificates and requests: elements within elements, names, times. Nothing is verified here; what
// counts is what the server says.
export interface Element {
  tag: number;
  /** Without the header. */
  bytes: Uint8Array;
}

/** The elements that lie side by side in these bytes. Throws when they are no DER. */
export function elements(bytes: Uint8Array): Element[] {
  const all: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length > 0x84 || length === 0x80 || Number.isNaN(length)) throw new Error('not DER');
    if (length > 0x80) {
      const count = length - 0x80;
      length = 0;
      for (let i = 0; i < count; i += 1) length = length * 256 + bytes[start + i]!;
      start += count;
    }
    if (!(start + length <= bytes.length)) throw new Error('not DER');
    all.push({ tag, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return all;
}

export const inside = (element: Element | undefined): Element[] => (element ? elements(element.bytes) : []);

export function oid(bytes: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (parts.length) parts.push(value);
    else parts.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    value = 0;
  }
  return parts.join('.');
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const bmp = (bytes: Uint8Array): string => new TextDecoder('utf-16be').decode(bytes);
export const words = (element: Element): string => (element.tag === 0x1e ? bmp(element.bytes) : new TextDecoder().decode(element.bytes));

/** UTCTime and GeneralizedTime as milliseconds. */
export function time(element: Element | undefined): number {
  if (!element) return Number.NaN;
  const text = words(element);
  const century = element.tag === 0x17 ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : '';
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(century + text);
  return digits ? Date.UTC(+digits[1]!, +digits[2]! - 1, +digits[3]!, +digits[4]!, +digits[5]!, +digits[6]!) : Number.NaN;
}

export interface Block {
  label: string;
  bytes: Uint8Array;
}

/** The blocks of a PEM text; what is around them is passed over. */
export function pemBlocks(text: string): Block[] {
  const all: Block[] = [];
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)) {
    try {
      all.push({ label: label!, bytes: Uint8Array.from(atob(body!.replace(/\s+/g, '')), (one) => one.charCodeAt(0)) });
    } catch {
      // Not base64: not a block.
    }
  }
  return all;
}

export function toPem(label: string, bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `-----BEGIN ${label}-----\n${btoa(text).replace(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;
}
