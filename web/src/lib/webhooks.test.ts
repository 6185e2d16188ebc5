import { describe, expect, it } from 'vitest';
import { dataOf, eventsIn, formOf, standing, type Webhook } from './webhooks';

const hook = {
  _id: '1',
  name: 'Site build',
  url: 'https://example.org/hook',
  enabled: true,
  paused: false,
  events: [{ collections: ['posts', 'pages'], verbs: ['publish'], filter: { title: 'x' } }],
  headers: [{ name: 'X-A', value: 'b: c' }],
  retries: [{ after_s: 5 }],
  template: { text: '{{data.after.title}}' },
} as unknown as Webhook;

describe('webhooks', () => {
  it('come back from the form as they went in', () => {
    const answer = dataOf(formOf(hook));
    expect(answer).toEqual({
      data: {
        name: 'Site build',
        url: 'https://example.org/hook',
        method: 'POST',
        events: [{ collections: ['posts', 'pages'], verbs: ['publish'], filter: { title: 'x' } }],
        role: null,
        fields: [],
        headers: [{ name: 'X-A', value: 'b: c' }],
        retries: [{ after_s: 5 }],
        template: { text: '{{data.after.title}}' },
      },
    });
  });
  it.each([
    [{ template: '[1]' }, ['template']],
    [{ retries: '5, soon' }, ['retries']],
    [{ events: [{ collections: 'a', verbs: '', filter: '{' }] }, ['events/0/filter']],
  ])('tells what is no value: %o', (change, faults) => {
    const answer = dataOf({ ...formOf(hook), ...change });
    expect('faults' in answer && Object.keys(answer.faults)).toEqual(faults);
  });
  it('are said in a cell', () => expect(eventsIn(hook.events)).toBe('posts, pages: publish'));
  it.each([
    [{}, 'on'],
    [{ paused: true }, 'paused'],
    [{ failing_since: '2026-01-01T00:00:00Z' }, 'failing'],
    [{ enabled: false }, 'off'],
    [{ disabled_at: '2026-01-01T00:00:00Z', paused: true }, 'off'],
  ])('%o is %s', (change, word) => expect(standing({ ...hook, ...change } as Webhook)).toBe(word));
});
