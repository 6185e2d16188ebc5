import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync --disable-dev-shm-usage';

export const person = { email: 'ada@example.org', name: 'Ada Lovelace', password: 'correct horse battery' };

export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags.split(' ') });
}

/** A page that writes down everything that went wrong in it; `quiet()` asserts that nothing did. */
export async function openPage(browser, url, { theme = 'light', width = 1280, height = 860, storage } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...(storage ? { storageState: storage } : {}),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // A refusal that a test asks for is written to the console by the browser itself.
    const expected = /status of (401|403|404|409|412|422)/.test(message.text()) && page.expectsRefusal;
    if (!expected) wrong.push(`console: ${message.text()}`);
  });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  page.quiet = () => assert.deepEqual(wrong, []);
  page.forget = () => wrong.splice(0);
  return page;
}

/** No violation of WCAG 2.2 A and AA; axe comes by the debugger, the policy of the page stays in force. */
export async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    // Behind a window nothing can be reached; it was looked at before the window opened.
    globalThis.axe.run([...document.querySelectorAll('.dialog[data-state="open"], .drawer[data-state="open"]')].at(-1) ?? document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }),
  );
  const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('\n  ')}`);
  assert.deepEqual(told, [], `axe on ${what}`);
}

/** WCAG 1.4.10: nothing has to be scrolled sideways. */
export async function fits(page, what) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${what}: ${wide} px wide in ${room} px`);
}

/** A request with the session of the page, as the dashboard makes it. */
export function call(page, method, path, body) {
  return page.evaluate(
    async ([how, where, what]) => {
      const me = await (await fetch('/api/auth/me')).json();
      const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf };
      const response = await fetch(where, { method: how, headers, ...(what ? { body: JSON.stringify(what) } : {}) });
      if (!response.ok) throw new Error(`${how} ${where}: ${response.status} ${await response.text()}`);
      return response.status === 204 ? undefined : response.json();
    },
    [method, path, body],
  );
}

export async function signIn(page) {
  await page.goto('/admin/');
  await page.fill('#user', person.email);
  await page.fill('#password', person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
