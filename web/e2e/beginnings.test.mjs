// A server in which nothing is yet: what its first page offers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, person } from './browser.mjs';
import { openHouse } from './house.mjs';

const house = openHouse({ bare: true });

test('the first page brings the demo into an empty site, and says how other content comes', async (t) => {
  await house.inside(t, { width: 320 }, async (page) => {
    await page.goto('/admin/');
    await page.fill('#code', house.code);
    await page.fill('#name', person.name);
    await page.fill('#email', person.email);
    await page.fill('#password', person.password);
    await page.keyboard.press('Enter');
    const about = page.getByRole('region', { name: 'It is empty so far' });
    await about.getByText('Content from another system').click();
    await about.getByRole('tab', { name: 'Strapi' }).click();
    await about.getByText('vitrine import --from strapi FILE.tar.gz --dry-run').waitFor();
    await accessible(page, 'what to start with');
    await fits(page, 'what to start with');
    await about.getByRole('button', { name: 'Bring demo content' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Demo content is here').waitFor();
    assert.equal(await about.count(), 0);
    await page.getByRole('button', { name: 'Go to the dashboard' }).click();
    await page.goto('/admin/content/posts');
    await page.getByRole('heading', { name: 'Posts' }).waitFor();
    await page.getByText(/of 40/).first().waitFor();
    assert.equal((await (await fetch(`${house.url}/api/content/items/posts?limit=100`)).json()).length, 36);
  });
});
