// @vitest-environment node
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256, sha256 } from './sha256';

describe('sha256', () => {
  // Around the ends of blocks, where the length no longer fits, and over several pieces.
  it.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000])('of %i bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
    const hash = new Sha256();
    hash.add(bytes.subarray(0, length >> 1));
    hash.add(bytes.subarray(length >> 1));
    expect(hash.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('of a file longer than a piece', async () => {
    const bytes = new Uint8Array((1 << 20) + 3).fill(42);
    expect(await sha256(new Blob([bytes]))).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
