import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it } from 'vitest';
import type { Form } from '../lib/form.svelte';
import type { Field, Item } from '../lib/types';
import Harness from './Harness.svelte';

function show(fields: Field[], item?: Item): Form {
  let form: Form | undefined;
  render(Harness, { fields, ...(item ? { item } : {}), onform: (made: Form) => (form = made) });
  return form!;
}
const type = (element: HTMLElement, value: string) => fireEvent.input(element, { target: { value } });

describe('a field', () => {
  it('ties label, help and faults to its control', async () => {
    const form = show([{ name: 'title', kind: 'text', required: true, info: 'Be short.' }]);
    const control = screen.getByLabelText(/Title/);
    expect(control).toHaveAttribute('aria-required', 'true');
    expect(control).toHaveAccessibleDescription('Be short.');
    form.refuse([{ pointer: '/data/title', code: 'required', detail: 'Needed.' }]);
    await tick();
    expect(control).toHaveAttribute('aria-invalid', 'true');
    expect(control).toHaveAccessibleDescription('Be short. Needed.');
    await type(control, 'x');
    expect(control).not.toHaveAttribute('aria-invalid');
  });

  it('tells that it was changed and goes back', async () => {
    const form = show([{ name: 'title', kind: 'text' }], { _id: '1', title: 'A' });
    await type(screen.getByLabelText('Title'), 'B');
    expect(form.patch()).toEqual({ title: 'B' });
    await fireEvent.click(screen.getByRole('button', { name: /Changed: undo/ }));
    expect(form.dirty).toBe(false);
    expect(screen.getByLabelText('Title')).toHaveValue('A');
  });
});

describe('a number', () => {
  it('stays text until it is one', async () => {
    const form = show([{ name: 'views', kind: 'number', integer: true }], { _id: '1', views: 3 });
    const control = screen.getByLabelText('Views');
    await type(control, '4x');
    expect(form.broken).toHaveProperty('views');
    expect(form.dirty).toBe(true);
    expect(control).toHaveValue('4x');
    await type(control, '42');
    expect(form.broken).toEqual({});
    expect(form.values.views).toBe(42);
    form.undo('views');
    await tick();
    expect(control).toHaveValue('3');
  });
});

describe('tags', () => {
  it('are made by Enter and comma, once each, and taken back', async () => {
    const form = show([{ name: 'tags', kind: 'tags' }], { _id: '1', tags: ['a'] });
    const control = screen.getByLabelText('Tags');
    await type(control, 'b');
    await fireEvent.keyDown(control, { key: 'Enter' });
    await type(control, 'c, a');
    await fireEvent.keyDown(control, { key: ',' });
    expect(form.values.tags).toEqual(['a', 'b', 'c']);
    await fireEvent.keyDown(control, { key: 'Backspace' });
    expect(form.values.tags).toEqual(['a', 'b']);
    await fireEvent.click(screen.getByRole('button', { name: 'Remove a from Tags' }));
    expect(form.values.tags).toEqual(['b']);
  });
});

describe('a list of sets', () => {
  const links: Field = {
    name: 'links',
    kind: 'list',
    fields: [
      { name: 'label', kind: 'text', required: true },
      { name: 'url', kind: 'url' },
    ],
  };
  it('grows, moves and shrinks by buttons', async () => {
    const form = show([links], { _id: '1', links: [{ label: 'One', url: null }] });
    await fireEvent.click(screen.getByRole('button', { name: 'Add to Links' }));
    const labels = () => screen.getAllByLabelText(/^Label/);
    await type(labels()[1]!, 'Two');
    await fireEvent.click(screen.getByRole('button', { name: 'Move Links 2 up' }));
    expect(form.values.links).toEqual([{ label: 'Two', url: null }, { label: 'One', url: null }]);
    expect(labels().map((one) => (one as HTMLInputElement).value)).toEqual(['Two', 'One']);
    await fireEvent.click(screen.getByRole('button', { name: 'Remove Links 1' }));
    expect(form.values.links).toEqual([{ label: 'One', url: null }]);
  });
  it('shows a fault inside at its place', async () => {
    const form = show([links], { _id: '1', links: [{ label: '', url: null }] });
    form.refuse([{ pointer: '/links/0/label', code: 'required', detail: 'Needed.' }]);
    await tick();
    expect(screen.getByLabelText(/^Label/)).toHaveAccessibleDescription('Needed.');
  });
});

describe('choices', () => {
  it('keep the type of the option', async () => {
    const form = show([{ name: 'level', kind: 'select', options: [{ value: 1, label: 'Low' }, { value: 2, label: 'High' }] }]);
    await fireEvent.change(screen.getByLabelText('Level'), { target: { value: '2' } });
    expect(form.values.level).toBe(2);
  });
  it('do not hide a value that is no longer offered', () => {
    show([{ name: 'level', kind: 'select', options: ['a'] }], { _id: '1', level: 'gone' });
    expect(screen.getByLabelText('Level')).toHaveValue('gone');
  });
  it('stand in the order of the model', async () => {
    const form = show([{ name: 'for', kind: 'multiselect', options: ['a', 'b', 'c'] }], { _id: '1', for: ['c'] });
    await fireEvent.click(screen.getByLabelText('a'));
    expect(form.values.for).toEqual(['a', 'c']);
  });
});

describe('saving', () => {
  it('keeps what was typed while the answer was on its way', () => {
    const form = show([{ name: 'title', kind: 'text' }, { name: 'slug', kind: 'slug' }], { _id: '1', title: 'A', slug: 'a' });
    form.values.title = 'B';
    const sent = form.snapshot();
    form.values.slug = 'typed-meanwhile';
    form.saved({ _id: '1', title: 'B (canonical)', slug: 'a' }, '"2"', sent);
    expect(form.values).toMatchObject({ title: 'B (canonical)', slug: 'typed-meanwhile' });
    expect(form.changed).toEqual(['slug']);
  });
});
