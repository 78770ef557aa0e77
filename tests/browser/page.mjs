// Uses the page as a person would: a wrong token, the right one, a firmware file, the update, its end.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const { PAGE, TOKEN, FIRMWARE, MODULES, SCREENSHOTS } = process.env;
const { chromium } = createRequire(import.meta.url)(path.join(MODULES, 'playwright-core'));

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
const complaints = [];
page.on('console', (message) => { if (message.type() === 'error' && !/401/.test(message.text())) complaints.push(message.text()); });
page.on('pageerror', (error) => complaints.push(String(error)));
const shot = (name) => SCREENSHOTS && page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });

try {
  await page.goto(PAGE);
  await page.waitForSelector('#sign-in[open]');
  await shot('1-sign-in');
  await page.fill('#token', 'lw_wrong');
  await page.click('#sign-in button');
  await page.waitForSelector('#sign-in-error:not([hidden])');
  await page.fill('#token', TOKEN);
  await page.click('#sign-in button');

  const lock = page.locator('#locks article', { hasText: 'Front door' });
  await lock.waitFor();
  await page.waitForSelector('#connection.good');
  await page.waitForFunction(() => document.querySelector('#adapters .pill')?.textContent === 'up');
  await page.waitForFunction(() => document.querySelector('#locks dd')?.textContent === '1.0.0.0', null, { timeout: 60000 });
  await shot('2-locks');

  await lock.getByRole('button', { name: 'Policy' }).click();
  await page.waitForSelector('#policy[open]');
  await page.fill('#policy-window', '00:00-24:00');
  await page.fill('#policy-zone', 'Europe/Berlin');
  await shot('2-policy');
  await page.click('#policy button[value=yes]');
  await lock.locator('dd', { hasText: '00:00-24:00 Europe/Berlin, open' }).waitFor();
  await page.click('#pause');
  await page.locator('#pause', { hasText: 'Resume updates' }).waitFor();
  await page.click('#pause');
  await page.locator('#pause', { hasText: 'Pause updates' }).waitFor();

  await page.setInputFiles('#file', FIRMWARE);
  await page.locator('#images', { hasText: 'sim-lock-2.0.0.0.ota' }).waitFor();
  await lock.getByRole('button', { name: 'Update' }).click();
  await page.waitForSelector('#confirm[open]');
  assert.match(await page.textContent('#confirm-text'), /2\.0\.0\.0/);
  await page.click('#confirm button[value=yes]');

  await page.waitForFunction(() => (document.querySelector('#jobs progress')?.value ?? 0) > 20, null, { timeout: 120000 });
  const early = await page.evaluate(() => document.querySelector('#jobs progress').value);
  await shot('3-transferring');
  await page.waitForFunction((before) => (document.querySelector('#jobs progress')?.value ?? 101) > before, early, { timeout: 60000 });
  await page.waitForFunction(() => document.querySelector('#jobs .pill')?.textContent === 'succeeded', null, { timeout: 120000 });
  await page.click('#jobs details summary');
  await page.locator('#jobs .timeline li', { hasText: 'succeeded' }).waitFor();
  await page.waitForFunction(() => document.querySelector('#locks dd')?.textContent === '2.0.0.0');
  await shot('4-succeeded');
  await page.setViewportSize({ width: 390, height: 844 });
  await shot('5-phone');
  assert.deepEqual(complaints, []);
  console.log('ok    the page: signed in, uploaded, updated, saw it verified');
} catch (error) {
  await shot('failed');
  console.error('FAIL ', error, complaints);
  process.exitCode = 1;
} finally {
  await browser.close();
}
