// What every file of browser tests has: a server of its own, a browser, pages that are signed in and that nothing was wrong in.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { makeAdministrator, post, storageOf } from './administrator.mjs';
import { openBrowser, openPage } from './browser.mjs';
import { startServer } from './server.mjs';

/**
 * To be called at the top of a test file. `signedIn`: the administrator is made first, and pages are his (else the file's first tests
 * walk through the door). `prepare`: what has to be there before the server starts. `demo`: with the demo's content; `bare`: with no models of the tests. `make(house)`: what the file's tests find, made over house.api().
 */
export function openHouse({ signedIn = false, demo = false, bare = false, prepare, make } = {}) {
  const house = { storage: undefined, browser: undefined, url: '', code: '', server: undefined };
  let administrator;

  before(async () => {
    if (prepare) await prepare();
    house.server = await startServer({ demo, bare });
    Object.assign(house, { url: house.server.url, code: house.server.code });
    house.browser = await openBrowser();
    if (signedIn) {
      administrator = await makeAdministrator(house);
      house.storage = administrator.storage;
    }
    if (make) await make(house);
  });
  after(async () => {
    await house.browser?.close();
    await house.server?.stop();
  });

  /** A request of the administrator's; the answer's body. */
  house.api = (...asked) => administrator.api(...asked);

  /** Signs in as somebody else; the storage for inside(t, { storage }, …). */
  house.signedInAs = async (user, password) => storageOf(house.url, (await post(house.url, '/api/auth/login', { user, password })).cookie);

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

  /** In both themes, wide and narrow; `work(page, which)`. */
  house.everywhere = async (t, work) => {
    for (const theme of ['light', 'dark']) for (const width of [1280, 320]) await house.inside(t, { theme, width }, (page) => work(page, `${theme} ${width}`));
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
