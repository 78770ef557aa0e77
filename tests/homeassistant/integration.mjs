// The integration as a person sees it: devices, the update dialog, a repair and its fix, in Debian's Chromium.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const { HOME_ASSISTANT, TOKENS, PATH_TO, WANTED, INSIDE, CLICK, THEN, NAME, MODULES, SCREENSHOTS } = process.env;
const { chromium } = createRequire(import.meta.url)(path.join(MODULES, 'playwright-core'));
const tokens = JSON.parse(TOKENS);

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
const shot = async (name) => SCREENSHOTS && page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
// The front end is made of shadow roots, into which Playwright's text selectors look.
const see = (text) => page.getByText(text).first().waitFor({ timeout: 60000 });

try {
  await page.addInitScript((value) => { localStorage.setItem('hassTokens', value); },
    JSON.stringify({ ...tokens, expires: Date.now() + tokens.expires_in * 1000 }));
  await page.goto(`${HOME_ASSISTANT}${PATH_TO}`);
  for (const text of JSON.parse(WANTED)) await see(text);
  if (SCREENSHOTS) await page.waitForTimeout(1500); // let what slides come to rest
  await shot(`integration-${NAME}`);
  if (CLICK) {
    const then = JSON.parse(THEN);
    for (let tries = 0; ; tries++) { // a click on what the front end has drawn, but not yet wired up, is lost
      await page.locator(INSIDE).getByText(CLICK, { exact: true }).first().click();
      const opened = await page.getByText(then[0]).first().waitFor({ timeout: 6000 }).then(() => true, () => false);
      if (opened) break;
      assert.ok(tries < 5, `${CLICK} opens nothing`);
      await page.keyboard.press('Escape'); // whatever else it may have opened
    }
    for (const text of then) await see(text);
    if (SCREENSHOTS) await page.waitForTimeout(1500);
    await shot(`integration-${NAME}-open`);
  }
  assert.equal(await page.getByText(/component\.lockwright|Translation error/).count(), 0, 'a text is missing');
} finally {
  await browser.close();
}
