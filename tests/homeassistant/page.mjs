// The device page and the update dialog as a person sees them, while an update runs.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const { HOME_ASSISTANT, TOKENS, DEVICE, MODULES, SCREENSHOTS } = process.env;
const { chromium } = createRequire(import.meta.url)(path.join(MODULES, 'playwright-core'));
const tokens = JSON.parse(TOKENS);

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
const shot = async (name) => SCREENSHOTS && page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });

try {
  await page.addInitScript((value) => { localStorage.setItem('hassTokens', value); },
    JSON.stringify({ ...tokens, expires: Date.now() + tokens.expires_in * 1000 }));
  await page.goto(`${HOME_ASSISTANT}/config/devices/device/${DEVICE}`);
  // The front end is made of shadow roots, into which Playwright's text selectors look.
  // The same name may stand in the card of activities.
  const firmware = page.locator('ha-device-entities-card').getByText('Firmware', { exact: true }).first();
  await firmware.waitFor({ timeout: 60000 });
  for (const text of ['Update phase', 'Update problem', 'Cancel update', 'Check for update'])
    await page.getByText(text, { exact: true }).first().waitFor();
  await page.waitForTimeout(1500); // pictures only: let what slides come to rest
  await shot('home-assistant-device');
  await firmware.click();
  await page.getByText('Installed version').first().waitFor({ timeout: 20000 });
  await page.getByText('SIM-LOCK firmware').first().waitFor();
  const bar = page.locator('ha-more-info-dialog').locator('[role=progressbar], progress, mwc-linear-progress, md-linear-progress').first();
  await bar.waitFor({ state: 'attached', timeout: 10000 });
  await page.waitForTimeout(1500);
  await shot('home-assistant-update');
  assert.ok(await page.getByText('Latest version').count());
} finally {
  await browser.close();
}
