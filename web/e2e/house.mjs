// What every file of browser tests has: a server of its own, a browser, pages that are signed in and that nothing was wrong in.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { openBrowser, openPage, person } from './browser.mjs';
import { startServer } from './server.mjs';

/**
 * To be called at the top of a test file. `signedIn`: the administrator is made first, and pages are his (else the file's first tests
 * walk through the door). `prepare`: what has to be there before the server starts. `demo`: with the demo's content. `make(house)`: what the file's tests find, made over house.api().
 */
export function openHouse({ signedIn = false, demo = false, prepare, make } = {}) {
  const house = { storage: undefined, browser: undefined, url: '', code: '', server: undefined };
  let csrf, cookie;

  before(async () => {
    if (prepare) await prepare();
    house.server = await startServer({ demo });
    Object.assign(house, { url: house.server.url, code: house.server.code });
    house.browser = await openBrowser();
    if (signedIn) await setUp();
    if (make) await make(house);
  });
  after(async () => {
    await house.browser?.close();
    await house.server?.stop();
  });

  /** The administrator, by the API; his session is what pages begin with. */
  async function setUp() {
    const response = await fetch(`${house.url}/api/auth/setup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: house.url },
      body: JSON.stringify({ code: house.code, ...person }),
    });
    assert.equal(response.status < 300, true, `setup: ${response.status} ${await response.clone().text()}`);
    csrf = (await response.json()).csrf;
    const [name, value] = response.headers.getSetCookie()[0].split(';')[0].split(/=(.*)/s);
    cookie = `${name}=${value}`;
    house.storage = { cookies: [{ name, value, domain: new URL(house.url).hostname, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }], origins: [] };
  }

  /** A request of the administrator's; the answer's body. */
  house.api = async (method, path, body, headers = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(house.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, Cookie: cookie, Origin: house.url, ...headers },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.ok, true, `${method} ${path}: ${response.status} ${text}`);
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };

  /** Signs in as somebody else; the storage for inside(t, { storage }, …). */
  house.signedInAs = async (user, password) => {
    const response = await fetch(`${house.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: house.url },
      body: JSON.stringify({ user, password }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    const [name, value] = response.headers.getSetCookie()[0].split(';')[0].split(/=(.*)/s);
    return { cookies: [{ ...house.storage.cookies[0], name, value }], origins: [] };
  };

  /** A signed-in page; fails when anything was wrong in it. `live`: it holds a stream open. */
  house.inside = async (t, options, work) => {
    const page = await openPage(house.browser, house.url, { storage: house.storage, ...options });
    try {
      await work(page);
      page.quiet();
    } catch (error) {
      if (process.env.E2E_SHOTS) await page.screenshot({ path: `${process.env.E2E_SHOTS}/${t.name.replace(/\W+/g, '-').slice(0, 60)}.png` });
      throw error;
    } finally {
      await page.context().close();
    }
  };

  house.row = (page, name) => page.getByRole('row').filter({ hasText: name });
  house.toast = (page, text) => page.getByRole('region', { name: 'Messages' }).getByText(text, { exact: true }).first().waitFor();
  /** Waits until `look` says true: for things that have no place on the screen. */
  house.until = async (look, what) => {
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) if (await look()) return;
    assert.fail(`never happened: ${what}`);
  };
  house.focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
  house.openPalette = async (page) => {
    await page.keyboard.press('Control+k');
    await house.until(() => page.evaluate(() => document.activeElement?.getAttribute('role') === 'combobox'), 'the palette has the focus');
  };
  return house;
}
