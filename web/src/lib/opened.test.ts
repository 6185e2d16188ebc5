import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from './api';
import { Opened } from './opened.svelte';

vi.mock('./api', async (original) => ({ ...(await original<typeof api>()), read: vi.fn(), act: vi.fn() }));

describe('the item that a page is about', () => {
  let at = 'a';
  const answers = new Map<string, () => void>();
  const beside = vi.fn();
  const page = (): Opened<{ _id: string }> => new Opened('requests', () => at, beside);

  beforeEach(() => {
    at = 'a';
    answers.clear();
    beside.mockReset();
    vi.mocked(api.act).mockReset();
    vi.mocked(api.read).mockImplementation((_, id = '') => new Promise((done) => answers.set(id, () => done({ data: { _id: id }, etag: '' } as never))));
  });

  it('drops what comes for an address that was left', async () => {
    const one = page();
    const first = one.load();
    at = 'b';
    const second = one.load();
    answers.get('b')!();
    await second;
    answers.get('a')!();
    await first;
    expect(one.item?._id).toBe('b');
    expect(beside).toHaveBeenCalledTimes(1);
  });

  it('shows nothing of the one before, and acts on what it shows', async () => {
    const one = page();
    const first = one.load();
    answers.get('a')!();
    await first;
    at = 'b';
    const second = one.load();
    expect(one.item).toBeUndefined();
    await one.act('sign', {}, 'Signed');
    expect(api.act).not.toHaveBeenCalled();
    answers.get('b')!();
    await second;
    void one.act('sign', {}, 'Signed');
    expect(api.act).toHaveBeenCalledWith('requests', 'b', 'sign', {});
  });
});
