// Two locks on Wi-Fi as a person sees them: one is updated by its cloud, of the other the page guides and asks for the version.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const { PAGE, TOKEN, MODULES, SCREENSHOTS } = process.env;
const { chromium } = createRequire(import.meta.url)(path.join(MODULES, 'playwright-core'));

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
const complaints = [];
page.on('console', (message) => { if (message.type() === 'error' && !/401/.test(message.text())) complaints.push(message.text()); });
page.on('pageerror', (error) => complaints.push(String(error)));
const shot = (name) => SCREENSHOTS && page.screenshot({ path: path.join(SCREENSHOTS, `clouds-${name}.png`), fullPage: true });
const minute = { timeout: 60000 };

try {
  await page.goto(PAGE);
  await page.waitForSelector('#sign-in[open]');
  await page.fill('#token', TOKEN);
  await page.click('#sign-in button');

  const driven = page.locator('#locks article', { hasText: 'The tuya lock' });
  const guided = page.locator('#locks article', { hasText: 'The utec lock' });
  await driven.locator('dd', { hasText: '1.0.0 → 2.0.0' }).waitFor(minute);
  await guided.locator('dd', { hasText: '100 %' }).waitFor(minute);
  assert.equal(await guided.getByRole('button', { name: 'Update' }).count(), 0, 'nothing here can start it');
  await shot('1-locks');

  await driven.getByRole('button', { name: 'Update' }).click();
  await page.waitForSelector('#confirm[open]');
  assert.match(await page.textContent('#confirm-text'), /2\.0\.0/);
  await page.click('#confirm button[value=yes]');
  const first = page.locator('#jobs article', { hasText: '2.0.0' });
  await page.waitForFunction(() => (document.querySelector('#jobs progress')?.value ?? 0) > 10, null, minute);
  await shot('2-driven');
  await first.locator('.pill', { hasText: 'succeeded' }).waitFor(minute);

  await guided.getByRole('button', { name: 'Guide me' }).click();
  const second = page.locator('#jobs article', { hasText: 'The utec lock' });
  await second.locator('.guide', { hasText: 'Xthings Home' }).waitFor(minute);
  await shot('3-guided');
  await second.getByRole('button', { name: 'I started it' }).click();
  await second.getByRole('button', { name: 'It shows version' }).click();
  await page.waitForSelector('#which[open]');
  await page.fill('#which-version', '02.20.0002');
  await shot('4-version');
  await page.click('#which button[value=yes]');
  await second.locator('.pill', { hasText: 'succeeded' }).waitFor(minute);
  await shot('5-done');
  await page.setViewportSize({ width: 390, height: 844 });
  await shot('6-phone');
  assert.deepEqual(complaints, []);
  console.log('ok    the page with clouds: one lock updated, one guided and confirmed');
} catch (error) {
  await shot('failed');
  console.error('FAIL ', error, complaints);
  process.exitCode = 1;
} finally {
  await browser.close();
}
