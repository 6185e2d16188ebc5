import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Setup from './Setup.svelte';
import SignIn from './SignIn.svelte';

let calls: { url: string; body: unknown }[] = [];
let answer: () => Response;

beforeEach(() => {
  calls = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({ url, body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined });
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

const refuse = (status: number, body: object): void => {
  answer = () => new Response(JSON.stringify(body), { status, headers: { 'X-Request-Id': 'r-1' } });
};
const type = (label: RegExp | string, value: string) => fireEvent.input(screen.getByLabelText(label), { target: { value } });

describe('first run', () => {
  async function fill(password: string): Promise<void> {
    render(Setup);
    await type('Setup code', ' 7F3K-9QRD ');
    await type('Name', 'Ada');
    await type('E-mail', 'ada@example.org');
    await type('Password', password);
    await fireEvent.click(screen.getByRole('button', { name: 'Create and sign in' }));
  }

  it('does not send a password that is too short', async () => {
    await fill('short');
    expect(calls).toEqual([]);
    expect(screen.getByRole('alert')).toHaveTextContent('at least 12');
    expect(screen.getByLabelText('Password')).toHaveFocus();
  });

  it('shows a wrong code beside the code', async () => {
    refuse(403, { title: 'Wrong', detail: 'Not this code.' });
    await fill('correct horse battery');
    await waitFor(() => expect(screen.getByLabelText('Setup code')).toHaveAttribute('aria-invalid', 'true'));
    expect(calls[0]?.body).toEqual({ code: '7F3K-9QRD', name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' });
    expect(screen.getByLabelText('Setup code')).toHaveFocus();
    expect(screen.getByText('Not this code.')).toBeInTheDocument();
  });

  it('shows the server’s faults by their place', async () => {
    refuse(422, { title: 'Invalid', errors: [{ pointer: '/email', code: 'format', detail: 'No e-mail address.' }] });
    await fill('correct horse battery');
    await waitFor(() => expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription('No e-mail address.'));
  });

  it('shows and hides the password', async () => {
    render(Setup);
    const toggle = screen.getByRole('button', { name: 'Show the password' });
    await fireEvent.click(toggle);
    expect(screen.getByLabelText('Password')).toHaveAttribute('type', 'text');
    expect(toggle).toHaveAttribute('aria-pressed', 'true');
  });
});

describe('sign in', () => {
  it('tells a refusal with its request id and keeps the name', async () => {
    refuse(401, { title: 'Sign-in failed', detail: 'The name or the password is wrong.' });
    render(SignIn);
    await type('E-mail or name', 'ada');
    await type('Password', 'wrong');
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent('r-1'));
    expect(screen.getByLabelText('E-mail or name')).toHaveValue('ada');
    expect(screen.getByLabelText('Password')).toHaveValue('');
    expect(calls).toHaveLength(1);
  });

  it('asks for the second factor and starts over when that took too long', async () => {
    answer = () => new Response(JSON.stringify({ second_factor: ['totp', 'recovery'], pending: 'sealed' }), { status: 200 });
    render(SignIn);
    await type('E-mail or name', 'ada');
    await type('Password', 'right');
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.getByLabelText('Code of your authenticator')).toHaveFocus());
    expect(screen.getByLabelText('Code of your authenticator')).toHaveAttribute('autocomplete', 'one-time-code');
    refuse(422, { title: 'Invalid', errors: [{ pointer: '/code', code: 'wrong', detail: 'This is not right.' }] });
    await type('Code of your authenticator', ' 123 456 ');
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.getByRole('alert')).toBeInTheDocument());
    expect(calls[1]).toMatchObject({ url: '/api/auth/second', body: { pending: 'sealed', code: '123 456' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Use a recovery code' }));
    refuse(401, { title: 'Sign in again' });
    await type('Recovery code', 'ABCD-EFGH-JKMN');
    await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.getByLabelText('Password')).toBeInTheDocument());
    expect(calls[2]).toMatchObject({ body: { pending: 'sealed', recovery: 'ABCD-EFGH-JKMN' } });
  });
});
