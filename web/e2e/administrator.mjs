// The first administrator, made by the API as the first run makes him, and his session.
import { person } from './browser.mjs';

/** What a browser begins with to be signed in: Playwright's storage. */
export function storageOf(url, cookie) {
  const [name, value] = cookie.split(/=(.*)/s);
  return { cookies: [{ name, value, domain: new URL(url).hostname, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }], origins: [] };
}

/** POST of an answer with a cookie: {cookie: "name=value", body}. */
export async function post(url, path, body) {
  const response = await fetch(url + path, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: url }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return { cookie: response.headers.getSetCookie()[0].split(';')[0], body: await response.json() };
}

/** api(method, path, body, headers) answers the body, JSON or text; a refusal is an error. */
export async function makeAdministrator({ url, code }) {
  const { cookie, body: made } = await post(url, '/api/auth/setup', { code, ...person });
  const api = async (method, path, body, headers = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(url + path, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': made.csrf, Cookie: cookie, Origin: url, ...headers },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };
  return { storage: storageOf(url, cookie), api };
}
