// One device, wholly: where its desired state comes from, its twin as JSON and how it is edited, what happened by kind, its
// numbers, the methods that were run, its neighbors. Goal: what the page says is what is stored. Method: the real server
// with a few real agents; two people who meet in one twin.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

let tandem;
let id;
before(async () => {
  tandem = await Tandem.start({ demo: 6 });
  const ada = await tandem.person('operator', { path: `/devices?q=${encodeURIComponent("connectionState = 'Connected' AND IS_DEFINED(properties.desired.telemetry.interval_s)")}` });
  const link = ada.page.getByRole('table').getByRole('row').nth(1).getByRole('link').first();
  await link.waitFor();
  id = decodeURIComponent(new URL(await link.getAttribute('href'), tandem.base).pathname.split('/').pop());
  await ada.leaves();
});
after(async () => { await tandem?.stop(); });

const at = (query = '') => `/devices/${encodeURIComponent(id)}${query}`;

// Opens the editor, changes the text and gives it back.
const edits = async (person, change, reason) => {
  const { page } = person;
  await page.getByRole('button', { name: /Edit desired state/ }).click();
  const editor = page.getByLabel('Desired state', { exact: true });
  const desired = JSON.parse(await editor.inputValue());
  change(desired);
  const text = JSON.stringify(desired, null, 2);
  await editor.fill(text);
  await page.getByLabel('Reason').fill(reason);
  return text;
};

test('every source of desired state lights its paths', async () => {
  const ada = await tandem.person('operator', { path: at() });
  const { page } = ada;
  await edits(ada, desired => { desired.telemetry.interval_s += 5; }, 'fewer messages');
  await page.getByRole('button', { name: /Ask the device/ }).click();
  const sources = page.getByRole('region', { name: 'Where desired comes from' });
  const mine = sources.getByRole('row').filter({ hasText: 'fewer messages' });
  await mine.getByText('telemetry.interval_s').waitFor();
  await mine.getByRole('button', { name: 'Person operator' }).focus();
  const lit = page.locator('tr[data-lit]');
  await lit.first().waitFor();
  assert.deepEqual(await lit.locator('.leaf').allInnerTexts(), ['interval_s']);
  await mine.getByRole('button').blur();
  await lit.first().waitFor({ state: 'detached' });
  await ada.passesAxe();
  await ada.leaves();
});

test('a tab within the page leaves the page and the way back where they are', async () => {
  const ada = await tandem.person('operator', { path: at(), viewport: { width: 1440, height: 500 } });
  const { page } = ada;
  const show = page.getByRole('navigation', { name: 'Show' });
  await show.getByRole('link', { name: /^Everything/ }).evaluate(link => link.scrollIntoView({ block: 'start' }));
  const before = await page.evaluate(() => [window.scrollY, history.length]);
  assert.ok(before[0] > 50, `scrolled by ${before[0]}`);
  await show.getByRole('link', { name: 'JSON' }).click();
  await page.getByLabel('Twin as JSON', { exact: true }).waitFor();
  assert.match(page.url(), /view=json/);
  assert.deepEqual(await page.evaluate(() => [window.scrollY, history.length]), before);
  await ada.leaves();
});

test('the whole twin is read as JSON, without WebAssembly too', async () => {
  const ada = await tandem.person('operator', { path: at() });
  await ada.page.getByRole('navigation', { name: 'Show' }).getByRole('link', { name: 'JSON' }).click();
  await ada.page.waitForURL(/view=json/);
  const twin = JSON.parse(await ada.page.getByLabel('Twin as JSON', { exact: true }).innerText());
  assert.equal(twin.deviceId, id);
  assert.ok(twin.properties.desired.$version >= 1 && twin.properties.reported.$version >= 1);
  await ada.page.getByRole('button', { name: 'Copy the twin as JSON' }).waitFor();
  const state = await ada.context.storageState();
  await ada.leaves();
  const browser = await tandem.browser();
  const context = await browser.newContext({ baseURL: tandem.base, storageState: state, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(at('?view=json&kind=people&as=table'));
  assert.equal(JSON.parse(await page.getByLabel('Twin as JSON', { exact: true }).innerText()).deviceId, id);
  assert.ok(await page.getByText('fewer messages').count() > 0);
  await context.close();
});

test('the editor says what is wrong with line and column, and refuses it', async () => {
  const ada = await tandem.person('operator', { path: at() });
  const { page } = ada;
  await page.getByRole('button', { name: /Edit desired state/ }).click();
  const editor = page.getByLabel('Desired state', { exact: true });
  const send = page.getByRole('button', { name: /Ask the device/ });
  await editor.fill('{\n  "a": ,\n}');
  await page.getByRole('alert').filter({ hasText: 'Line 2, column 8' }).waitFor();
  assert.equal(await send.getAttribute('aria-disabled'), 'true');
  await editor.fill('{\n  "a b": 1,\n  "c": null\n}');
  const found = page.getByRole('status', { name: 'What is wrong' });
  await found.getByText(/^Line 2, column 3: The name 'a b'/).waitFor();
  await found.getByText(/^Line 3, column 3: null removes/).waitFor();
  assert.match(await send.getAttribute('aria-description'), /Mend what is listed/);
  await editor.fill('{"a":{"b":1}}');
  await page.getByRole('button', { name: 'Format' }).click();
  assert.equal(await editor.inputValue(), '{\n  "a": {\n    "b": 1\n  }\n}');
  await ada.passesAxe();
  await page.getByRole('button', { name: 'Tags', exact: true }).click();
  const tags = page.getByLabel('Tags', { exact: true });
  const held = JSON.parse(await tags.inputValue());
  await tags.fill(JSON.stringify({ ...held, checked: 'yes' }));
  await page.getByText('The desired state has changes too').waitFor();
  await page.getByLabel('Reason').fill('stocktaking');
  await page.getByRole('button', { name: /Change the tags/ }).click();
  await page.getByRole('region', { name: 'Identity' }).getByText('tags.checked').waitFor();
  await ada.leaves();
});

test('who was overtaken keeps the text and compares', async () => {
  const [ada, ben] = [await tandem.person('operator', { path: at() }), await tandem.person('admin', { path: at() })];
  const text = await edits(ada, desired => { desired.telemetry.interval_s += 11; }, 'mine');
  await edits(ben, desired => { desired.telemetry.interval_s += 13; }, 'theirs');
  await ben.page.getByRole('button', { name: /Ask the device/ }).click();
  await ada.page.getByText(/Somebody changed this twin since you began/).waitFor();
  ada.expects(/412/);
  await ada.page.getByRole('button', { name: /Ask the device/ }).click();
  await ada.page.getByRole('alert').filter({ hasText: /Somebody changed it/ }).waitFor();
  assert.equal(await ada.page.getByLabel('Desired state', { exact: true }).inputValue(), text);
  await ada.page.getByRole('button', { name: 'Compare with what stands now' }).click();
  await ada.page.getByRole('heading', { name: '1 change' }).waitFor();
  await ada.leaves();
  await ben.leaves();
});

test('a method is run again with one press, and its calls are kept', async () => {
  const ada = await tandem.person('operator', { path: at() });
  const { page } = ada;
  const methods = page.getByRole('region', { name: 'Methods' });
  // Nothing is chosen yet: there is nothing to fill in.
  assert.equal(await methods.getByRole('button', { name: 'Run method' }).count(), 0);
  await methods.getByRole('button', { name: 'identify', exact: true }).click();
  await methods.getByLabel('Payload').fill('{"why":"test"}');
  await methods.getByRole('button', { name: 'Run method' }).click();
  const calls = methods.getByRole('list', { name: 'Calls before' }).getByRole('listitem');
  await calls.first().waitFor();
  await calls.first().getByText(/answered \d+ in/).waitFor();
  assert.match(await calls.first().innerText(), /\{"why":"test"\}/);
  await calls.first().getByRole('button', { name: 'Call identify again' }).click();
  await calls.nth(1).waitFor();
  await page.reload();
  await ada.isReady();
  await methods.getByRole('button', { name: 'reboot' }).click();
  await calls.nth(1).waitFor();
  assert.equal(await calls.count(), 2);
  await ada.passesAxe();
  await ada.leaves();
});

test('what stands further down sleeps until it comes near', async () => {
  const ada = await tandem.person('operator', { path: '/', viewport: { width: 1280, height: 500 } });
  const { page } = ada;
  const numbers = page.getByRole('region', { name: 'Seven days' });
  let isHeld = true;
  const held = [];
  await page.route(/\/(later|next)_device_numbers.*\.wasm/, route => isHeld ? held.push(route) : route.continue());
  // In the document it stands as the server wrote it. Its program is asked for when somebody comes near.
  await ada.opens(at());
  await numbers.waitFor();
  assert.equal(held.length, 0);
  const asked = page.waitForRequest(/_device_numbers.*\.wasm/);
  await numbers.scrollIntoViewIfNeeded();
  await asked;
  // What is opened meanwhile stays open, and the focus in it.
  const others = numbers.locator('details');
  await others.locator('summary').click();
  const link = others.getByRole('link').first();
  const name = await link.innerText();
  await link.focus();
  await link.evaluate(link => { link.isOld = true; });
  isHeld = false;
  for (const route of held.splice(0)) await route.continue();
  await page.waitForFunction(name => document.activeElement.innerText === name && !document.activeElement.isOld, name);
  await ada.leaves();
});

test('the form of methods comes with the method, by hand and by key, and is of its device', async () => {
  const ada = await tandem.person('operator', { path: '/devices' });
  const { page } = ada;
  const methods = page.getByRole('region', { name: 'Methods' });
  await page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().click();
  await page.getByRole('button', { name: 'Next device' }).waitFor();
  await methods.getByRole('button', { name: 'getDiagnostics' }).click();
  await methods.getByLabel('Payload').fill('{"first":1}');
  const first = page.url();
  await page.getByRole('button', { name: 'Next device' }).click();
  await page.waitForURL(url => url.href !== first);
  await page.getByRole('heading', { level: 1, name: decodeURIComponent(new URL(page.url()).pathname.split('/').pop()) }).waitFor();
  // What was written is of the device before: this one begins anew.
  assert.equal(await methods.getByLabel('Payload').count(), 0);
  await ada.presses('m');
  await page.waitForFunction(() => document.activeElement?.id === 'method-payload');
  assert.equal(await methods.getByLabel('Payload').inputValue(), '');
  assert.equal(await methods.getByRole('button', { name: 'identify', exact: true }).getAttribute('aria-pressed'), 'true');
  await ada.leaves();
});

test('what happened is filtered by kind, and the kind is in the address', async () => {
  const ada = await tandem.person('operator', { path: at() });
  const { page } = ada;
  const history = page.getByRole('region', { name: 'What happened' });
  const kind = async name => {
    await history.getByRole('link', { name, exact: true }).click();
    await page.waitForURL(url => url.searchParams.get('kind') === name.toLowerCase());
  };
  const entries = history.getByRole('listitem').filter({ has: page.locator('time') });
  // Waits until each entry says one of the words, and there is one.
  const areAll = async words => {
    await entries.filter({ hasNotText: words }).first().waitFor({ state: 'detached' });
    await entries.first().waitFor();
  };
  await kind('People');
  await areAll(/Asked for|Tagged|Ran|Registered/);
  await history.getByText('fewer messages').waitFor();
  await kind('Connection');
  await areAll(/onnected/);
  await kind('Jobs');
  await history.getByText('No job has changed this device.').waitFor();
  await kind('Device');
  await areAll(/Reported/);
  await page.reload();
  await ada.isReady();
  await areAll(/Reported/);
  await ada.leaves();
});

test('what happens meanwhile waits for the word of who reads', async () => {
  const [ada, ben] = [await tandem.person('operator', { path: at('?kind=people') }), await tandem.person('admin', { path: at() })];
  await ada.isLive();
  await ben.isLive();
  const history = person => person.page.getByRole('region', { name: 'What happened' });
  const before = await history(ada).getByRole('listitem').allInnerTexts();
  await edits(ben, desired => { desired.telemetry.interval_s += 17; }, 'meanwhile');
  await ben.page.getByRole('button', { name: /Ask the device/ }).click();
  await history(ben).getByText('meanwhile').waitFor();
  const show = history(ada).getByRole('button', { name: '1 new, show' });
  await show.waitFor();
  assert.deepEqual(await history(ada).getByRole('listitem').allInnerTexts(), before);
  await show.press('Enter');
  await history(ada).getByText('meanwhile').waitFor();
  await show.waitFor({ state: 'detached' });
  assert.equal(await history(ada).getByRole('listitem').count(), before.length + 1);
  await ada.leaves();
  await ben.leaves();
});

test('the numbers of the charts are those that are stored', async () => {
  const ada = await tandem.person('operator', { path: at('?as=table') });
  const { page } = ada;
  const section = page.getByRole('region', { name: 'Seven days' });
  const reported = path => page.evaluate(async ({ id, path }) => {
    const device = await (await fetch(`/api/device?id=${encodeURIComponent(id)}`)).json();
    return path.split('.').reduce((value, name) => value?.[name], device.reported);
  }, { id, path });
  const charts = await page.evaluate(async id => (await fetch(`/api/device/charts?id=${encodeURIComponent(id)}`)).json(), id);
  const tables = section.getByRole('table');
  assert.equal(await tables.count(), charts.charts.length);
  for (const chart of charts.charts) {
    assert.ok(chart.points.length <= 171);
    const rows = section.getByRole('group', { name: new RegExp(`^${chart.title.replaceAll('.', '\\.')}: `) }).getByRole('row');
    assert.ok(await rows.count() > 1);
    if (chart.key.startsWith('reported.')) {
      const last = await reported(chart.key.slice('reported.'.length));
      assert.equal(typeof last, 'number');
    }
  }
  await section.getByRole('link', { name: 'As charts' }).click();
  await tables.first().waitFor({ state: 'detached' });
  await ada.passesAxe();
  await ada.leaves();
});

test('a device is walked through by keys alone', async () => {
  const ada = await tandem.person('operator', { path: '/devices?sort=deviceId' });
  const { page } = ada;
  const links = page.getByRole('table').getByRole('row').getByRole('link');
  await links.nth(10).waitFor({ state: 'attached' }).catch(() => {});
  const names = (await page.locator('tbody td:first-child a').evaluateAll(all => all.map(a => decodeURIComponent(new URL(a.href).pathname.split('/').pop()))));
  await page.locator('tbody td:first-child a').first().focus();
  await ada.presses('Enter');
  await page.getByRole('heading', { level: 1, name: names[0] }).waitFor();
  await ada.presses(']');
  await page.getByRole('heading', { level: 1, name: names[1] }).waitFor();
  assert.match(page.url(), /sort=deviceId/);
  await ada.presses('[');
  await page.getByRole('heading', { level: 1, name: names[0] }).waitFor();
  await ada.presses('[');
  await page.getByText('This is the first of the list.').waitFor();
  await ada.presses('d');
  await page.waitForURL(/view=differences/);
  await ada.presses('m');
  await page.waitForFunction(() => document.activeElement?.id === 'method-payload');
  await page.evaluate(() => document.activeElement.blur());
  await ada.presses('e');
  await page.getByRole('dialog', { name: 'Edit desired state' }).waitFor();
  await ada.presses('Escape');
  await ada.leaves();
});

for (const theme of ['light', 'dark']) {
  test(`a phone has all of it, ${theme}`, async () => {
    const ada = await tandem.person('operator', { path: at(), theme, viewport: { width: 390, height: 844 } });
    for (const query of ['', '?view=json&kind=messages', '?as=table&view=differences']) {
      await ada.opens(at(query));
      assert.ok(await ada.page.evaluate(() => document.documentElement.scrollWidth) <= 390, query);
      await ada.passesAxe();
      if (process.env.SHOTS) await ada.page.screenshot({ path: `${process.env.SHOTS}/phone-${theme}-${query.length}.png`, fullPage: true });
    }
    await ada.page.setViewportSize({ width: 1440, height: 1100 });
    await ada.opens(at());
    await ada.passesAxe();
    if (process.env.SHOTS) await ada.page.screenshot({ path: `${process.env.SHOTS}/wide-${theme}.png`, fullPage: true });
    await ada.leaves();
  });
}
