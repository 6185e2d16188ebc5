import { expect, it } from 'vitest';
import { faultsOf, formOf, itemOf, matches, newEntry, ruleFor, validDuration, type RetentionRule } from './retention';

it.each([
  ['acme/*', 'acme/app', true],
  ['acme/*', 'acme/app/deep', false],
  ['acme/**', 'acme/app/deep', true],
  ['acme/app', 'acme/app', true],
  ['acme/app', 'acme/apps', false],
  ['a.c/*', 'abc/x', false],
  ['**', 'anything/at/all', true],
])('%s names %s: %s', (pattern, name, is) => expect(matches(pattern, name)).toBe(is));

it.each([
  ['', true],
  ['30d', true],
  ['12h', true],
  ['30', false],
  ['d', false],
  ['1 d', false],
])('%s is a duration: %s', (text, is) => expect(validDuration(text)).toBe(is));

const rule = (order: number, repositories: string[], enabled = true) => ({ order, repositories, enabled });
it('asks rules by order and takes the first that is enabled', () => {
  const rules = [rule(2, ['**']), rule(1, ['acme/*']), rule(0, ['acme/app'], false)];
  expect(ruleFor(rules, 'acme/app')).toBe(rules[1]);
  expect(ruleFor(rules, 'other')).toBe(rules[0]);
  expect(ruleFor([], 'other')).toBeUndefined();
});

it('only looks at first', () => expect(formOf(undefined)).toMatchObject({ dryRun: true, enabled: true, deleteUntagged: true, delay: '24h' }));

it('makes of a form the item that it came from', () => {
  const item = {
    label: 'builds',
    order: 3,
    repositories: ['acme/*'],
    keep: [{ patterns: ['^v[0-9]'] }, { pulled_within: '30d', most_recently_pushed: 10 }],
    keep_untagged: { pushed_within: '7d' },
    delete_untagged: true,
    delete_referrers: false,
    delay: '12h',
    dry_run: false,
    enabled: true,
  };
  expect(itemOf(formOf(item as unknown as RetentionRule))).toEqual(item);
});

it('finds what is wrong', () => {
  const form = { ...formOf(undefined), delay: 'soon', entries: [{ ...newEntry(), patterns: '(', pulledWithin: 'x' }] };
  expect(Object.keys(faultsOf(form)).sort()).toEqual(['delay', 'entry-0-patterns', 'entry-0-pulled', 'repositories']);
  expect(faultsOf({ ...formOf(undefined), repositories: 'acme/*' })).toEqual({});
});
