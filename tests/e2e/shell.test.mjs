// The frame around every page: theme and density, keys and their list, the phone's bar, holding changes back, the
// person's menu and password. Goal: it is the same by touch, by keyboard and without scripts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tandem, password } from './tandem.mjs';

let tandem;
// So many that something changes every second.
before(async () => { tandem = await Tandem.start({ demo: 300 }); });
after(async () => { await tandem?.stop(); });

const menu = page => page.getByLabel(/^Signed in as/);
const html = page => page.locator('html');

test('density and theme are kept, and are in the first byte', async () => {
  const ada = await tandem.person('operator', { path: '/devices' });
  const { page } = ada;
  await menu(page).click();
  await page.getByRole('group', { name: 'Density' }).getByRole('button', { name: 'Compact' }).click();
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'Dark' }).click();
  assert.equal(await html(page).getAttribute('data-density'), 'compact');
  const first = await (await ada.context.request.get('/devices')).text();
  assert.match(first, /<html[^>]*data-theme="dark"[^>]*data-density="compact"/);
  await ada.opens('/devices');
  await menu(page).click();
  assert.equal(await page.getByRole('button', { name: 'Compact' }).getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: 'Normal' }).click();
  await page.getByRole('button', { name: 'System' }).click();
  assert.equal(await html(page).getAttribute('data-density'), null);
  assert.equal(await html(page).getAttribute('data-theme'), null);
  await ada.presses('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'person', 'the focus is back where it was');
  await ada.leaves();
});

test('answers to scripts are compressed', async () => {
  const ada = await tandem.person('operator');
  const cookies = await ada.page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${tandem.base}/api/overview`, { headers: { cookie, 'accept-encoding': 'br' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-encoding'), 'br');
  await ada.leaves();
});

test('the way back and forth leads through pages, and a query with an address in it is one', async () => {
  const ada = await tandem.person('operator', { path: "/devices?q=tags.site='http://x/y'" });
  const { page } = ada;
  await page.getByRole('combobox', { name: 'Fleet query' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: /Retire/ }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Retire' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Fleet query' }).inputValue(), "tags.site='http://x/y'");
  await page.goForward();
  await page.getByRole('heading', { level: 1, name: 'Retire' }).waitFor();
  await ada.leaves();
});

test('a page that cannot be fetched comes when the server is reached again', async () => {
  const ada = await tandem.person('operator');
  const { page } = ada;
  await ada.isLive();
  ada.expects(/Failed to load|net::/);
  let refused = 0;
  await page.route(/\/(later|next)_.*\.wasm/, route => {
    refused += 1;
    return refused > 2 ? route.continue() : refused === 1 ? route.abort() : route.fulfill({ status: 503 });
  });
  await page.getByRole('navigation').getByRole('link', { name: /Retire/ }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Retire' }).waitFor();
  assert.ok(refused > 2);
  await ada.leaves();
});

test('a page is one file wherever a person comes from, and holds what is missing there', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const { page } = ada;
  let files = [];
  page.on('request', request => {
    const name = new URL(request.url()).pathname.match(/^\/pkg\/.*\/((?:page|later|next)_.*)\.wasm$/)?.[1];
    if (name) files.push(name);
  });
  const goes = async name => {
    files = [];
    await page.getByRole('navigation').getByRole('link', { name: new RegExp(name) }).first().click();
    await page.waitForFunction(name => document.title.startsWith(name), name);
    return files;
  };
  await ada.opens('/provision');
  assert.deepEqual(files, ['page_provision']);
  assert.deepEqual(await goes('Retire'), ['next_retire']);
  assert.deepEqual(await goes('Provision'), [], 'what is there is not fetched again');
  await ada.opens('/devices');
  assert.deepEqual(await goes('Retire'), ['later_retire'], 'Devices, the fullest page, has less of it');
  // From the fullest page over a device to any other: by then all is there that a first visit brings.
  await ada.opens('/devices');
  files = [];
  await page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().click();
  await page.getByRole('button', { name: 'Next device' }).waitFor();
  assert.deepEqual(files, ['later_device']);
  assert.deepEqual(await goes('Retire'), ['next_retire']);
  await page.goBack();
  await page.getByRole('button', { name: 'Next device' }).waitFor();
  await page.reload();
  await ada.isReady();
  assert.deepEqual(await goes('Retire'), ['next_retire'], 'a device brings what is ahead');
  await ada.leaves();
});

test('a first visit comes alive when its program can be had again', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const { page } = ada;
  ada.expects(/page_retire|ERR_FAILED|Failed to load resource/);
  let refused = 0;
  await page.route(/page_retire/, route => {
    refused += 1;
    return refused > 2 ? route.continue() : route.abort();
  });
  await ada.opens('/retire');
  await page.getByRole('searchbox').or(page.getByRole('textbox')).first().fill('am');
  assert.ok(refused > 2);
  await ada.leaves();
});

test('keys are listed, given other strokes, and switched off', async () => {
  const ada = await tandem.person('operator', { path: '/devices' });
  const { page } = ada;
  await ada.presses('?');
  const list = page.getByRole('dialog', { name: 'What the keys do here' });
  await list.getByText('Go to Fleet').waitFor();
  await list.getByRole('button', { name: 'Change the key of: Go to Fleet' }).click();
  await list.getByText('Press the key to use').waitFor();
  await ada.presses('d');
  await list.getByText(/is in use already/).waitFor();
  await list.getByRole('button', { name: 'Change the key of: Go to Fleet' }).click();
  await ada.presses('x');
  await list.getByRole('button', { name: 'Take back the key of: Go to Fleet' }).waitFor();
  await list.getByRole('button', { name: 'Close' }).click();
  await ada.presses('g', 'x');
  await page.waitForURL(url => url.pathname === '/');
  await page.waitForFunction(() => document.activeElement.id === 'main');
  await page.waitForFunction(() => document.title.startsWith('Fleet overview'));
  await ada.opens('/devices');
  await ada.presses('g', 'x');
  await page.waitForURL(url => url.pathname === '/');
  await ada.presses('?');
  await list.getByRole('button', { name: 'Take back the key of: Go to Fleet' }).click();
  await list.getByRole('button', { name: 'Switch single keys off' }).click();
  await list.getByRole('button', { name: 'Close' }).click();
  await ada.presses('g', 'd');
  await menu(page).click();
  await page.getByRole('button', { name: 'Keys' }).click();
  await list.getByRole('button', { name: 'Switch single keys on' }).click();
  assert.equal(new URL(page.url()).pathname, '/', 'no key led anywhere');
  await ada.passesAxe();
  await list.getByRole('button', { name: 'Close' }).click();
  await ada.presses('g', 'd');
  await page.waitForURL(/\/devices$/);
  await ada.leaves();
});

test('changes are held back and let in with the space bar, without losing the focus', async () => {
  const ada = await tandem.person('operator');
  const { page } = ada;
  await ada.isLive();
  const chip = page.getByRole('button', { name: /Hold changes back|Show held changes/ });
  await chip.focus();
  await ada.presses('Space');
  await page.getByRole('status').filter({ hasText: /^\s*Paused, [\d,]+ changes? held/ }).waitFor();
  assert.equal(await chip.evaluate(button => button === document.activeElement), true);
  await ada.presses('Space');
  await ada.isLive();
  assert.equal(await chip.evaluate(button => button === document.activeElement), true);
  await ada.leaves();
});

test('on a phone every place is reached by touch', async () => {
  const ada = await tandem.person('operator', { viewport: { width: 390, height: 844 } });
  const { page } = ada;
  const bar = page.getByRole('navigation', { name: 'Main' });
  await bar.getByText('More', { exact: true }).click();
  const others = bar.getByRole('list', { name: 'More places' });
  await ada.passesAxe('nav');
  for (const name of await others.getByRole('link').allInnerTexts()) {
    if (!await others.isVisible()) await bar.getByText('More', { exact: true }).click();
    await others.getByRole('link', { name: name.trim() }).click();
    await others.waitFor({ state: 'hidden' });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  }
  await bar.getByText('More', { exact: true }).focus();
  await ada.presses('Enter');
  await others.waitFor();
  await ada.presses('Escape');
  await others.waitFor({ state: 'hidden' });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
  await ada.leaves();
});

test('whoever got a made-up password chooses another before anything else', async () => {
  const admin = await tandem.person('admin', { path: '/settings' });
  await admin.page.getByRole('button', { name: 'Invite a person' }).click();
  await admin.page.getByRole('dialog').getByLabel('Name').fill('Nele');
  await admin.page.getByRole('button', { name: 'Invite', exact: true }).click();
  const shown = admin.page.getByRole('status').filter({ hasText: 'The password of Nele' }).locator('code');
  const madeUp = (await shown.innerText()).trim();
  const nele = await tandem.person(null);
  const { page } = nele;
  await nele.opens('/sign-in?next=/devices');
  await page.getByLabel('Name').fill('Nele');
  await page.getByLabel('Password').fill(madeUp);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
  await nele.isReady();
  await nele.passesAxe();
  // Neither pages nor server functions nor the live channel.
  await nele.opens('/settings');
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
  assert.equal((await nele.context.request.get('/api/overview')).status(), 403);
  const choose = async (current, next, again) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password', { exact: true }).fill(next);
    await page.getByLabel('New password again').fill(again);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await choose(madeUp, 'my own long one', 'my own long two');
  await page.getByText('The two new passwords are not the same').waitFor();
  await nele.isReady();
  await choose('wrong and wrong', 'my own long one', 'my own long one');
  await page.getByText('The current password is not right').waitFor();
  await nele.isReady();
  await choose(madeUp, 'my own long one', 'my own long one');
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  await nele.leaves();
  await admin.leaves();
});

test('one’s own password is changed from the menu, and the session here goes on', async () => {
  const ada = await tandem.person('supervisor');
  const { page } = ada;
  await menu(page).click();
  await page.getByRole('link', { name: 'Your password' }).click();
  await page.getByRole('heading', { level: 1, name: 'Your password' }).waitFor();
  await ada.passesAxe();
  for (const [current, next] of [[password, 'another long one'], ['another long one', password]]) {
    await ada.opens('/password');
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password', { exact: true }).fill(next);
    await page.getByLabel('New password again').fill(next);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.waitForURL(url => url.pathname === '/');
  }
  await ada.isReady();
  await ada.leaves();
});

test('what ends somebody’s work is asked before, and one’s own password is not made up', async () => {
  const admin = await tandem.person('admin', { path: '/settings' });
  const { page } = admin;
  await page.getByRole('link', { name: 'operator' }).click();
  await page.getByRole('button', { name: 'New password' }).click();
  const question = page.getByRole('dialog', { name: 'Make up a new password for operator?' });
  await question.getByText('must choose another').waitFor();
  await admin.passesAxe();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Disable' }).click();
  await admin.presses('Escape');
  await page.getByRole('button', { name: 'Disable' }).waitFor();
  await page.getByRole('table').getByRole('link', { name: 'admin' }).click();
  await page.getByRole('region', { name: 'admin' }).waitFor();
  await page.getByRole('group', { name: 'Sign-in' }).getByRole('link', { name: 'Your password' }).waitFor();
  await admin.leaves();
});
