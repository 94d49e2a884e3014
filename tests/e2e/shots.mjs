// Screenshots of every page for a person to look at: light, dark, 390 px and print; loading, with an error, offline
// and over an empty fleet; and what opens on pages. Written to the directory in SHOTS.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places.mjs';
import { Tandem } from './tandem.mjs';

const out = process.env.SHOTS;
if (!out) throw new Error('set SHOTS, or run `cargo xtask shots`');
mkdirSync(out, { recursive: true });

const wide = { width: 1440, height: 1000 };
const phone = { width: 390, height: 844 };
// Pages that say in their names what they are: `people` is taken only when it is asked for, as `… people device`.
const wanted = process.argv.slice(2);
const isWanted = name => wanted.length === 0 || wanted.some(word => name.includes(word));
const file = name => join(out, `${name.replaceAll(' ', '-')}.png`);
const shot = (page, name, fullPage = true) => page.screenshot({ path: file(name), fullPage, animations: 'disabled' });

// What opens on a page when a person asks for it.
const opened = [
  ['device edit', device => `/devices/${device}`, page => page.getByRole('button', { name: /Edit desired state/ }).click()],
  ['devices look', () => '/devices', page => page.keyboard.press('j').then(() => page.keyboard.press('o'))],
  ['devices columns', () => '/devices', page => page.getByRole('button', { name: 'Columns' }).click()],
  ['devices save', () => '/devices?q=IS_DRIFTING()%20AND%20status%20%3D%20%27enabled%27', page => page.getByRole('button', { name: 'Save view…' }).click()],
  ['plan declare', () => '/plan', page => page.getByRole('button', { name: /^Declare a property/ }).click()],
  ['palette', () => '/', page => page.keyboard.press('Control+k')],
  ['keys', () => '/', page => page.keyboard.press('?')],
];

// Goes to another page as a click on a link does, without loading the document anew.
const walks = (page, path) => page.evaluate(to => {
  const link = Object.assign(document.createElement('a'), { href: to });
  document.body.append(link);
  link.click();
  link.remove();
}, path);

const tandem = await Tandem.start({ demo: Number(process.env.DEVICES ?? 200) });
const empty = await Tandem.start();
try {
  const first = await tandem.person('operator', { path: '/devices?q=IS_DRIFTING()' });
  await first.page.waitForTimeout(Number(process.env.SETTLE_MS ?? 45_000)); // the fleet reports and history begins
  await first.opens('/devices?q=IS_DRIFTING()');
  const device = (await first.page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().innerText()).trim();
  await first.context.close();
  const all = places.filter(([name]) => isWanted(name)).map(([name, path]) => [name, path(device)]);

  for (const [theme, viewport, tag] of [['light', wide, 'light'], ['dark', wide, 'dark'], ['light', phone, 'phone-light'], ['dark', phone, 'phone-dark']]) {
    const stranger = await tandem.person(null, { theme, viewport });
    await stranger.opens('/sign-in');
    await shot(stranger.page, `sign-in-${tag}`);
    await stranger.context.close();
    const ada = await tandem.person('admin', { theme, viewport });
    for (const [name, path] of all) {
      await ada.opens(path);
      await ada.isLive();
      await shot(ada.page, `${name}-${tag}`);
    }
    for (const [name, path, opens] of opened.filter(([name]) => isWanted(name))) {
      await ada.opens(path(device));
      await ada.isLive();
      await opens(ada.page);
      await ada.page.getByRole('dialog').first().waitFor();
      await shot(ada.page, `${name}-${tag}`, false);
    }
    await ada.context.close();
  }

  // A wrong query, an empty list, and completion under the caret.
  const ada = await tandem.person('admin');
  await ada.opens(`/devices?q=${encodeURIComponent("tags.region == 'Holstein'")}`);
  await shot(ada.page, 'devices-wrong');
  await ada.opens(`/devices?q=${encodeURIComponent("deviceId = 'nobody'")}`);
  await shot(ada.page, 'devices-none');
  const query = ada.page.getByRole('combobox', { name: 'Fleet query' });
  await query.click();
  await query.fill('');
  await query.pressSequentially("tags.region = 'Holstein' and net");
  await ada.page.getByRole('option').first().waitFor();
  await shot(ada.page, 'devices-completion', false);

  await ada.page.emulateMedia({ media: 'print' });
  for (const [name, path] of all) {
    await ada.opens(path);
    await shot(ada.page, `${name}-print`);
  }
  await ada.page.emulateMedia({ media: 'screen' });

  // While answers are awaited, and when they are refused.
  for (const [state, answer] of [
    ['loading', () => {}],
    ['error', route => route.fulfill({ status: 503, contentType: 'text/plain', body: 'the server is away' })],
  ]) {
    for (const [name, path] of all) {
      await ada.opens('/settings/parts');
      await ada.page.route('**/api/**', answer);
      await walks(ada.page, path);
      await ada.page.waitForTimeout(1_500); // the ghosts of what comes appear after 300 ms
      await shot(ada.page, `${name}-${state}`);
      await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
    }
  }
  await ada.context.close();

  const eve = await empty.person('admin');
  for (const [name, path] of all.filter(([name]) => name !== 'device')) {
    await eve.opens(path);
    await shot(eve.page, `${name}-empty`);
  }
  await eve.context.close();

  const sam = await tandem.person('supervisor');
  const pages = [];
  for (const [name, path] of all) {
    const page = await sam.context.newPage();
    await page.goto(path);
    await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
    pages.push([name, page]);
  }
  await tandem.kill();
  for (const [name, page] of pages) {
    await page.bringToFront();
    await page.getByRole('status').filter({ hasText: /Connection lost/ }).first().waitFor();
    await shot(page, `${name}-offline`);
  }
} finally {
  await tandem.stop();
  await empty.stop();
}
