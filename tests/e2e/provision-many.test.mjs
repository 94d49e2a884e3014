// Many devices are let in from a file, one is tried before it exists, and all of it without the program of the page.
// Goal: a file's errors are found by line and column, the mended file enrolls once, and what the page hands out lets a
// real agent in. Method: the real server, a real agent, by role and name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

let tandem;
const folder = mkdtempSync(join(tmpdir(), 'tandem-enroll-'));
const agents = [];
before(async () => { tandem = await Tandem.start({ demo: 1 }); });
after(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  await tandem?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const csv = (name, text) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const isNarrow = async page => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, page.url());
const shot = async (page, name) => { if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true }); };
const head = 'deviceId,status,tags.site,desired.metering.interval_s\n';

test('a rehearsal finds errors by line, the mended file enrolls, and a downloaded string connects', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const { page } = ada;
  await page.getByRole('link', { name: 'From a file' }).click();
  await page.getByLabel('CSV file').waitFor();
  await ada.passesAxe();
  const template = page.getByRole('link', { name: 'Download a template' });
  assert.match(decodeURIComponent(await template.getAttribute('href')), /deviceId,status/);
  await shot(page, 'many-begin');

  await page.getByLabel('CSV file').setInputFiles(csv('broken.csv', `${head}am4-1,enabled,Breda,900\nam4 2,on,Breda,900\nam4-3,disabled,Breda,{\n`));
  ada.expects(/status of 422/);
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByRole('heading', { level: 1, name: 'Rehearsal of broken.csv' }).waitFor();
  await ada.isReady();
  const rows = page.getByRole('region', { name: 'Rows' });
  const row = line => rows.getByRole('row').filter({ has: page.getByRole('cell', { name: line, exact: true }) });
  assert.match(await row('3').innerText(), /status[^]*enabled or disabled[^]*deviceId[^]*Use am4-2/);
  assert.match(await row('4').innerText(), /desired\.metering\.interval_s[^]*JSON/);
  assert.match(await row('2').innerText(), /New/);
  assert.match(await page.getByRole('main').innerText(), /3 rows[^]*1 new[^]*2 with a problem/);
  await ada.passesAxe();
  await shot(page, 'many-rehearsed');

  await page.getByRole('link', { name: 'Choose another file' }).click();
  await ada.isReady();
  await page.getByLabel('CSV file').setInputFiles(csv('mended.csv', `${head}am4-1,enabled,Breda,900\nam4-2,enabled,Breda,900\nam4-3,disabled,Breda,\n`));
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByText('3 devices are registered and may connect at once.').waitFor();
  await page.getByText('1 of them cannot connect until enabled.').waitFor();
  await ada.isReady();
  await page.getByLabel('Reason').fill('delivery 7');
  await page.getByRole('button', { name: 'Enroll 3 devices' }).click();
  await page.getByRole('heading', { level: 1, name: '3 devices are enrolled' }).waitFor();
  await ada.isReady();
  await ada.passesAxe();
  await shot(page, 'many-enrolled');
  const fetch = page.getByRole('link', { name: 'Download connection strings' });
  const coming = page.waitForEvent('download');
  await fetch.click();
  const text = readFileSync(await (await coming).path(), 'utf8');
  assert.match(text, /^deviceId,connectionString\nam4-1,HostName=[^\n]+\nam4-2,[^\n]+\nam4-3,[^\n]+\n$/);
  const again = await page.request.get(await fetch.getAttribute('href'));
  assert.equal(again.status(), 410, 'once');

  const [, string] = text.split('\n')[1].split(/,(.*)/);
  const agent = join(dirname(process.env.TANDEM_BIN), 'tandem-agent');
  const [, port] = await tandem.says(/^hub-mqtts\s+\S*:(\d+)/);
  agents.push(spawn(agent, ['--ca-file', join(tandem.data, 'ca.pem'), '--port', port],
    { cwd: folder, stdio: 'ignore', env: { ...process.env, TANDEM_CONNECTION_STRING: string } }));
  await rows.getByRole('link', { name: 'am4-1' }).click();
  await page.getByRole('heading', { level: 1, name: /am4-1/ }).waitFor();
  await page.getByText(/^Connected/).first().waitFor({ timeout: 30_000 });

  // The same file once more: nothing is done twice.
  await ada.opens('/provision/many');
  await page.getByLabel('CSV file').setInputFiles(join(folder, 'mended.csv'));
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByText('3 devices are there already and stay as they are.').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Enroll/ }).count(), 0);
  await ada.leaves();
});

test('a file is pasted, rehearsed and enrolled by the keyboard alone', async () => {
  const ada = await tandem.person('operator', { path: '/provision/many' });
  const { page } = ada;
  const reaches = async locator => {
    for (let step = 0; step < 60; step += 1) {
      if (await locator.evaluate(element => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${locator} is not reached`);
  };
  await reaches(page.getByLabel('Or its text'));
  await page.keyboard.insertText(`${head}key-1,enabled,Breda,\n`);
  await reaches(page.getByRole('button', { name: 'Rehearse' }));
  await ada.presses('Enter');
  await page.getByRole('heading', { level: 1, name: 'Rehearsal of pasted text' }).waitFor();
  await ada.isReady();
  await reaches(page.getByLabel('Reason'));
  await page.keyboard.type('by hand');
  await ada.presses('Enter');
  await page.getByRole('heading', { level: 1, name: '1 device is enrolled' }).waitFor();
  await ada.isReady();
  await reaches(page.getByRole('link', { name: 'Download connection strings' }));
  await ada.leaves();
});

test('a device is tried before there is one, and stopped', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const { page } = ada;
  await page.getByLabel('Name').fill('tried-1');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByText('Waiting for its first connection').waitFor();
  await page.getByRole('button', { name: 'Try with a simulated device' }).click();
  await page.getByText(/^Simulated until/).waitFor();
  await page.getByText(/^Connected at/).waitFor({ timeout: 30_000 });
  await ada.passesAxe();
  await shot(page, 'welcome-simulated');
  await page.getByRole('button', { name: 'Stop the simulated device' }).click();
  await page.getByText('It connected, and went again').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Try with a simulated device' }).waitFor();
  await page.getByRole('link', { name: 'Open device' }).click();
  await page.getByText('simulated', { exact: true }).first().waitFor();
  await ada.leaves();
});

test('without the program of the page a device and a file are enrolled', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const cookies = await ada.context.cookies();
  await ada.leaves();
  const bare = await tandem.person(null, { javaScriptEnabled: false });
  await bare.context.addCookies(cookies);
  const { page } = bare;
  bare.expects(/status of 4(22|12)/);
  await page.goto('/provision');
  assert.equal(await page.getByLabel('Primary key').isVisible(), false);
  await page.getByLabel('Keys that you give').check();
  await page.getByLabel('Primary key').fill('short');
  await page.getByLabel('Name').fill('bare-1');
  await page.getByLabel('Tags').fill('region = <Nord>');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByText('A key is base64').waitFor();
  assert.equal(await page.getByLabel('Tags').inputValue(), 'region = <Nord>', 'what was written stays');
  await page.getByLabel('Keys made by the hub').check();
  const answering = page.waitForResponse(response => response.request().method() === 'POST');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  const answer = await answering;
  assert.equal(answer.headers()['cache-control'], 'no-store');
  await page.getByRole('heading', { level: 1, name: 'bare-1 is enrolled' }).waitFor();
  assert.match(await page.getByRole('region', { name: 'Connection string' }).getByLabel('Connection string', { exact: true }).innerText(), /DeviceId=bare-1;SharedAccessKey=/);
  await page.getByText('Python', { exact: true }).click();
  assert.match(await page.getByLabel('Start with Python', { exact: true }).innerText(), /DeviceId=bare-1/);

  await page.goto('/provision/many');
  await page.getByLabel('CSV file').setInputFiles(csv('bare.csv', 'deviceId\nbare-2\nbare-3\n'));
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByLabel('Reason').fill('no scripts');
  await page.getByRole('button', { name: 'Enroll 2 devices' }).click();
  await page.getByRole('heading', { level: 1, name: '2 devices are enrolled' }).waitFor();
  await bare.leaves();
});

test('every state holds in the dark and on a phone', async () => {
  const ada = await tandem.person('operator', { path: '/provision/many', theme: 'dark', viewport: { width: 390, height: 844 } });
  const { page } = ada;
  ada.expects(/status of 422/);
  const holds = async name => {
    await ada.isReady();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); // where it stands now, the phone's bar may lie over half a button
    await ada.passesAxe();
    await isNarrow(page);
    await shot(page, `dark-390-${name}`);
  };
  await holds('begin');
  await page.getByLabel('Or its text').fill('name\nx\n');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByText('a column “name” that does not exist').waitFor();
  await holds('unread');
  await page.getByLabel('Or its text').fill('deviceId,status,tags.a\ndark-1,on,\ndark-2,,\na very long name that is none at all and goes on and on,,\n');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByRole('region', { name: 'Rows' }).waitFor();
  await holds('rehearsed');
  await page.getByLabel('Reason').fill('dark');
  await page.getByRole('button', { name: 'Enroll 1 device' }).click();
  await page.getByRole('heading', { level: 1, name: '1 device is enrolled' }).waitFor();
  await holds('enrolled');
  await ada.opens('/provision');
  await holds('one');
  await page.getByLabel('Name').fill('dark-3');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByText('Waiting for its first connection').waitFor();
  await holds('welcome');
  await ada.leaves();
});

test('a supervisor reads how it goes and hears why it is not theirs', async () => {
  const sam = await tandem.person('supervisor', { path: '/provision/many' });
  const rehearse = sam.page.getByRole('button', { name: 'Rehearse' });
  assert.equal(await rehearse.getAttribute('aria-disabled'), 'true');
  assert.match(await rehearse.getAttribute('aria-description'), /supervisor/);
  // What is sent all the same is refused, and leaves nothing.
  const answer = await sam.page.request.post('/provision', { form: { 'device-id': 'sams', keys: 'made' }, headers: { origin: tandem.base } });
  assert.equal(answer.status(), 403);
  await sam.leaves();
});

test('nothing of it is readable by others on the disk', () => {
  for (const name of ['', 'tandem.db', 'sealing.key', 'serving.json', 'ca.key', 'server.key']) {
    assert.equal(statSync(join(tandem.data, name)).mode & 0o077, 0, name);
  }
});
