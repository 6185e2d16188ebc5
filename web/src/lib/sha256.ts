// SHA-256 of a file, piece by piece: it need not fit into memory, and pages served over plain http have no crypto.subtle.
const constants = new Uint32Array(64);
const initial = new Uint32Array(8);

// The first bits of the fractions of square and cube roots of the first primes, as FIPS 180-4 has it.
{
  const fraction = (root: number): number => ((root - Math.floor(root)) * 0x1_0000_0000) | 0;
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let by = 2; by * by <= n; by += 1) if (n % by === 0) prime = false;
    if (!prime) continue;
    if (found < 8) initial[found] = fraction(Math.sqrt(n));
    constants[found] = fraction(Math.cbrt(n));
    found += 1;
  }
}

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

export class Sha256 {
  readonly #state = initial.slice();
  readonly #block = new Uint8Array(64);
  readonly #words = new Uint32Array(64);
  #filled = 0;
  #length = 0;

  add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const part = Math.min(64 - this.#filled, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + part), this.#filled);
      this.#filled += part;
      at += part;
      if (this.#filled === 64) this.#mix();
    }
  }

  /** Of everything that was added, in hexadecimal digits. The end: nothing can be added after it. */
  digest(): string {
    const bits = this.#length * 8;
    this.add(new Uint8Array([0x80]));
    this.add(new Uint8Array((120 - this.#filled) % 64));
    const length = new DataView(new ArrayBuffer(8));
    length.setUint32(0, Math.floor(bits / 0x1_0000_0000));
    length.setUint32(4, bits >>> 0);
    this.add(new Uint8Array(length.buffer));
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  #mix(): void {
    const words = this.#words;
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(i * 4);
    for (let i = 16; i < 64; i += 1) {
      const before = words[i - 15]!;
      const last = words[i - 2]!;
      words[i] = words[i - 16]! + (turned(before, 7) ^ turned(before, 18) ^ (before >>> 3)) + words[i - 7]! + (turned(last, 17) ^ turned(last, 19) ^ (last >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i += 1) {
      const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0;
      const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (this.#state[i] = this.#state[i]! + word));
    this.#filled = 0;
  }
}

export async function sha256(file: Blob, signal?: AbortSignal): Promise<string> {
  const hash = new Sha256();
  const piece = 1 << 20;
  for (let at = 0; at < file.size; at += piece) {
    signal?.throwIfAborted();
    hash.add(new Uint8Array(await file.slice(at, at + piece).arrayBuffer()));
  }
  return hash.digest();
}
