// Uploads in pieces (tus 1.0, docs/upload.md): what arrived is kept by the server, so a broken line or a pause costs one piece.
import * as api from './api';
import { Problem } from './api';
import type { Item } from './types';

export interface UploadOptions {
  /** The id of an item of asset_folders. */
  folder?: string | undefined;
  /** The id of an asset that gets these bytes and keeps what is said of it. */
  replaces?: string | undefined;
  /** How many bytes the server has. */
  onprogress?: ((sent: number, total: number) => void) | undefined;
  /** Stops it; what arrived stays for a day. */
  signal?: AbortSignal | undefined;
  /** Where an upload that was stopped goes on. */
  at?: string | undefined;
  /** Told as soon as the upload has an address. */
  onaddress?: ((at: string) => void) | undefined;
}

const version = { 'Tus-Resumable': '1.0.0' };
const smallest = 256 * 1024;
const largest = 8 * 1024 * 1024;

/** "filename aGVsbG8udHh0,folder …": pairs of a name and base64. */
export function metadata(pairs: Record<string, string | undefined>): string {
  return Object.entries(pairs)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => `${name} ${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}`)
    .join(',');
}

/** Pieces that take about a second: progress is seen, and a slow line loses little. */
export function nextPiece(size: number, milliseconds: number): number {
  if (milliseconds < 500) return Math.min(largest, size * 2);
  if (milliseconds > 2000) return Math.max(smallest, Math.floor(size / 2));
  return size;
}

async function begin(file: File, options: UploadOptions): Promise<string> {
  const headers = {
    ...version,
    'Upload-Length': String(file.size),
    'Upload-Metadata': metadata({ filename: file.name, folder: options.folder, replaces: options.replaces }),
  };
  const answer = await api.fetched('/api/assets/uploads', { method: 'POST', headers, ...withSignal(options) });
  return new URL(answer.headers.get('Location') ?? '', location.origin).pathname;
}

const withSignal = (options: UploadOptions): { signal?: AbortSignal } => (options.signal ? { signal: options.signal } : {});

/** How much the server has; undefined: it does not know the upload any more. */
async function reached(at: string, options: UploadOptions): Promise<{ offset: number; asset: string } | undefined> {
  try {
    const answer = await api.fetched(at, { headers: version, ...withSignal(options) });
    return { offset: Number(answer.headers.get('Upload-Offset')), asset: answer.headers.get('Vitrine-Asset') ?? '' };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

const rest = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((done, stop) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', () => (clearTimeout(timer), stop(signal.reason as Error)), { once: true });
  });

/** Sends what is still missing; a line that breaks is tried again, five times in a row at most. Answers the asset's id. */
async function send(file: File, at: string, from: number, options: UploadOptions): Promise<string> {
  let offset = from;
  let size = smallest;
  let broken = 0;
  for (;;) {
    options.onprogress?.(offset, file.size);
    const began = performance.now();
    try {
      const answer = await api.fetched(at, {
        method: 'PATCH',
        headers: { ...version, 'Upload-Offset': String(offset) },
        raw: { body: file.slice(offset, offset + size), type: 'application/offset+octet-stream' },
        ...withSignal(options),
      });
      offset = Number(answer.headers.get('Upload-Offset'));
      size = nextPiece(size, performance.now() - began);
      broken = 0;
      const asset = answer.headers.get('Vitrine-Asset');
      if (asset) return asset;
    } catch (error) {
      // A broken line, or a piece that came twice: the server says where it is.
      const again = error instanceof Problem && (error.status === 0 || error.status === 409 || error.status === 503);
      if (!again || broken === 5) throw error;
      broken += 1;
      await rest(500 * 2 ** broken, options.signal);
      const now = await reached(at, options).catch(() => undefined);
      if (now?.asset) return now.asset;
      if (now) offset = now.offset;
    }
  }
}

/** Brings a file to the server; answers its asset. */
export async function upload(file: File, options: UploadOptions = {}): Promise<Item> {
  const before = options.at ? await reached(options.at, options) : undefined;
  const at = before && options.at ? options.at : await begin(file, options);
  options.onaddress?.(at);
  const id = before?.asset || (await send(file, at, before?.offset ?? 0, options));
  options.onprogress?.(file.size, file.size);
  return (await api.read('assets', id)).data;
}

/** Gives an upload up: the server forgets what arrived. */
export async function giveUp(at: string): Promise<void> {
  await api.fetched(at, { method: 'DELETE', headers: version });
}
