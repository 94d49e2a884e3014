// Devices are let go through the console: retired, replaced, found in the archive, restored. Goal: what is retired is
// kept out at once, and what is restored comes back by itself. Method: the real server and real agents.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

let tandem, command;
const folder = mkdtempSync(join(tmpdir(), 'tandem-retire-'));
const agents = [];
before(async () => { tandem = await Tandem.start({ demo: 12 }); });
after(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  await tandem?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Runs a displayed command as a shell does; what the agent says can be waited for.
const starts = line => {
  const home = mkdtempSync(join(folder, 'device-')); // a device keeps its state where it runs
  copyFileSync(join(folder, 'ca.pem'), join(home, 'ca.pem'));
  const path = `${dirname(process.env.TANDEM_BIN)}:${process.env.PATH}`;
  const agent = spawn('sh', ['-c', `exec env ${line}`], { cwd: home, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: path } });
  agents.push(agent);
  const heard = createInterface({ input: agent.stderr });
  agent.says = pattern => new Promise(done => heard.on('line', said => { if (pattern.test(said)) done(said); }));
  return agent;
};

const enrolls = async (person, id) => {
  const { page } = person;
  await person.opens('/provision');
  await page.getByLabel('Name').fill(id);
  await page.getByLabel('Tags').fill('site = Breda-West\nfloor = 2');
  await page.getByLabel('Desired state').fill('{ "telemetry": { "interval_s": 60 } }');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByRole('heading', { level: 1, name: `${id} is enrolled` }).waitFor();
  await page.getByText('Show the certificate').click();
  writeFileSync(join(folder, 'ca.pem'), await page.getByLabel('Certificate of the authority', { exact: true }).innerText());
  return page.getByLabel('Start with tandem-agent', { exact: true }).innerText();
};

test('a retired device is dropped at once, kept out, and back when it is restored', async () => {
  const olga = await tandem.person('operator', { path: '/' });
  const { page } = olga;
  command = await enrolls(olga, 'am4-cellar');
  const agent = starts(command);
  await page.getByText(/^Connected at/).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Open device' }).click();
  await page.getByRole('link', { name: 'Retire…' }).click();
  await page.getByRole('heading', { level: 1, name: 'Retire' }).waitFor();
  await page.getByText(/^clear: It may connect until it is retired/).waitFor();
  await page.getByText(/Connected since/).waitFor();
  const will = page.getByRole('region', { name: 'What will happen' });
  await will.getByText('am4-cellar is connected: its connection ends at once.').waitFor();
  await olga.passesAxe();
  await page.getByRole('button', { name: 'Retire device' }).click();
  await page.getByText('Say why, for whoever reads the record.').waitFor();
  await page.getByLabel('Reason', { exact: true }).fill('flooded in November');
  const refused = agent.says(/refus|not authorized|NotAuthorized|denied/i);
  await page.getByRole('button', { name: 'Retire device' }).click();
  await page.getByRole('heading', { name: 'am4-cellar is retired' }).waitFor();
  await refused;

  await page.getByRole('link', { name: 'Open its record' }).click();
  await page.getByRole('heading', { level: 1, name: 'Retirement record' }).waitFor();
  await page.getByText('“flooded in November”').first().waitFor();
  await page.getByText(/Two symmetric keys: revoked on/).waitFor();
  await page.getByRole('region', { name: 'Checks' }).getByText(/Connected since/).waitFor();
  await page.getByRole('cell', { name: 'Breda-West' }).waitFor();
  await page.getByRole('region', { name: 'What happened' }).getByText('Registered').waitFor();
  await olga.passesAxe();
  const record = page.url();

  olga.expects(/404/);
  await olga.opens('/devices/am4-cellar');
  await page.getByRole('heading', { level: 1, name: 'No such device' }).waitFor();
  await page.getByRole('link', { name: 'Look for it among the retired devices' }).click();
  await page.getByRole('table', { name: 'Archive' }).getByText('flooded in November').waitFor();
  await olga.opens(record);
  await page.getByRole('button', { name: 'Restore device' }).click();
  const sheet = page.getByRole('dialog', { name: 'Restore am4-cellar' });
  await sheet.getByRole('button', { name: 'Restore', exact: true }).click();
  await sheet.getByText('Say why, for whoever reads the record.').waitFor();
  await sheet.getByLabel('Reason').fill('it dried');
  await sheet.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /am4-cellar/ }).waitFor();
  await page.getByText(/^Connected/).first().waitFor({ timeout: 90_000 });
  await page.getByText('Restored from').waitFor();

  await olga.opens(record);
  await page.getByText(/It was restored by/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Restore device' }).getAttribute('aria-disabled'), 'true');
  await olga.leaves();
});

test('a new device takes over, and the old one is kept out', async () => {
  const olga = await tandem.person('operator', { path: '/devices/am4-cellar' });
  const { page } = olga;
  await page.getByRole('link', { name: 'Replace…' }).click();
  await page.getByLabel('Name of the new device').fill('am4-cellar');
  await page.getByLabel('Reason', { exact: true }).fill('worn out');
  await page.getByRole('button', { name: 'Replace device' }).click();
  olga.expects(/412/);
  await page.getByText('There is already a device “am4-cellar”. Choose another name.').waitFor();
  await page.getByLabel('Name of the new device').fill('am4-cellar-2');
  await page.getByRole('region', { name: 'What will happen' }).getByText('am4-cellar-2 is registered with 2 tags and 1 setting of am4-cellar.').waitFor();
  await page.getByRole('button', { name: 'Replace device' }).click();
  await page.getByRole('heading', { name: 'am4-cellar-2 replaces am4-cellar' }).waitFor();
  await olga.passesAxe();
  const string = await page.getByLabel('Connection string', { exact: true }).innerText();
  assert.match(string, /DeviceId=am4-cellar-2;SharedAccessKey=/);
  starts(command.replace(/TANDEM_CONNECTION_STRING='[^']*'/, `TANDEM_CONNECTION_STRING='${string.trim()}'`));
  await page.getByRole('link', { name: 'Open the new device' }).click();
  await page.getByText(/^Connected/).first().waitFor({ timeout: 60_000 });
  const happened = page.getByRole('region', { name: 'What happened' });
  await happened.getByText('Registered, replaces').waitFor();
  await happened.getByRole('link', { name: 'am4-cellar', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Retirement record' }).waitFor();
  await page.getByRole('region', { name: 'Replacement' }).getByRole('link', { name: 'am4-cellar-2' }).waitFor();
  await olga.leaves();
});

test('the archive is searched, and reads and prints without the program', async () => {
  const olga = await tandem.person('operator', { path: '/retire' });
  const { page } = olga;
  await page.getByRole('link', { name: /^2 devices retired$/ }).waitFor();
  const search = page.getByRole('search', { name: 'Search the archive' });
  await search.getByLabel('Words in its twin or the reason').fill('breda worn');
  await search.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/text=breda/);
  const rows = page.getByRole('table', { name: 'Archive' }).getByRole('row');
  await page.getByText('worn out').first().waitFor();
  assert.equal(await rows.count(), 2);
  await search.getByLabel('Device id contains').fill('am');
  await search.getByRole('button', { name: 'Search' }).click();
  olga.expects(/422/);
  await page.getByText('Write at least 3 characters of the device id.').waitFor();
  await search.getByLabel('Device id contains').fill('zzz');
  await search.getByRole('button', { name: 'Search' }).click();
  await page.getByText('Nothing in the archive matches').waitFor();
  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByText('flooded in November').waitFor();
  await olga.leaves();

  const reader = await tandem.person(null, { javaScriptEnabled: false });
  await reader.context.addCookies(await olgaCookies());
  await reader.page.goto('/retire?device=am4-cellar-2&text=worn');
  await reader.page.getByText('It may connect until it is retired.').waitFor();
  await reader.page.getByText('worn out').first().waitFor();
  await reader.context.close();
});

const olgaCookies = async () => {
  const olga = await tandem.person('operator');
  const cookies = await olga.context.cookies();
  await olga.context.close();
  return cookies;
};

test('by the keyboard alone: a device is looked at and retired for good', async () => {
  const olga = await tandem.person('operator');
  const { page } = olga;
  await olga.presses('g', 't');
  await page.getByRole('heading', { level: 1, name: 'Retire' }).waitFor();
  await page.getByLabel('Device id', { exact: true }).focus();
  await page.keyboard.type('am4-cellar-2');
  await olga.presses('Enter');
  await page.getByText(/^clear: It may connect until it is retired/).waitFor();
  const final = page.getByLabel('It is lost or stolen: destroy its keys at once');
  await final.focus();
  await olga.presses('Space');
  await page.getByRole('region', { name: 'What will happen' }).getByText('Its keys are destroyed at once: it can never be restored.').waitFor();
  await page.getByLabel('Reason', { exact: true }).focus();
  await page.keyboard.type('stolen');
  await olga.presses('Enter');
  const sure = page.getByRole('dialog', { name: 'Destroy the keys of am4-cellar-2?' });
  await sure.waitFor();
  await olga.presses('Tab', 'Enter');
  await page.getByRole('heading', { name: 'am4-cellar-2 is retired' }).waitFor();
  await page.getByRole('link', { name: 'Open its record' }).focus();
  await olga.presses('Enter');
  await page.getByText('The keys are destroyed; it can never be restored.').waitFor();
  assert.match(await page.getByRole('button', { name: 'Restore device' }).getAttribute('aria-description'), /destroyed/);
  await olga.leaves();
});

test('devices of a condition are retired together', async () => {
  const olga = await tandem.person('operator', { path: `/retire?q=${encodeURIComponent("STARTSWITH(deviceId, 'am4-')")}` });
  const { page } = olga;
  const table = page.getByRole('table', { name: 'Retire together' });
  await table.waitFor();
  const count = (await table.getByRole('row').count()) - 1;
  assert.ok(count > 0);
  await page.getByLabel('Reason', { exact: true }).fill('the site is closed');
  const noun = count === 1 ? 'device' : 'devices';
  await page.getByRole('button', { name: `Retire ${count} ${noun}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: `Retire ${count} ${noun}` }).click();
  await page.getByText(`${count} ${noun} retired.`).waitFor();
  await olga.opens('/retire?text=closed');
  assert.equal(await page.getByRole('table', { name: 'Archive' }).getByRole('row').count(), count + 1);
  await olga.leaves();
});

test('a supervisor reads everything and hears why it is not theirs to do', async () => {
  const sam = await tandem.person('supervisor', { path: '/devices' });
  const device = (await sam.page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().innerText()).trim();
  await sam.opens(`/retire?device=${encodeURIComponent(device)}`);
  const retire = sam.page.getByRole('button', { name: 'Retire device' });
  assert.equal(await retire.getAttribute('aria-disabled'), 'true');
  assert.match(await retire.getAttribute('aria-description'), /supervisor/);
  await sam.passesAxe();
  await sam.leaves();
});

test('the pages are clean in the dark, fit a phone and print on A4', async () => {
  for (const [theme, viewport] of [['dark', { width: 1440, height: 1000 }], ['light', { width: 390, height: 844 }]]) {
    const olga = await tandem.person('operator', { path: '/retire', theme, viewport });
    const { page } = olga;
    await olga.passesAxe();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= viewport.width);
    await page.getByRole('table', { name: 'Archive' }).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: 'Retirement record' }).waitFor();
    await olga.passesAxe();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= viewport.width);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('button', { name: 'Restore device' }).isVisible(), false);
    assert.equal(await page.getByRole('region', { name: 'What happened' }).isVisible(), false);
    assert.equal(await page.getByText(/symmetric keys: revoked on/).isVisible(), true);
    await olga.leaves();
  }
});
