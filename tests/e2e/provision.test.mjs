// A device is let in through the console: enrolled by hand, started by the displayed command, kept out, its keys
// rolled. Goal: what the page gives a person is enough for a real agent. Method: the real server, a real agent.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

let tandem, command;
const folder = mkdtempSync(join(tmpdir(), 'tandem-provision-'));
const agents = [];
before(async () => { tandem = await Tandem.start({ demo: 1 }); });
after(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  await tandem?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Runs a displayed command as a shell does, where the authority was saved.
const starts = command => {
  const path = `${dirname(process.env.TANDEM_BIN)}:${process.env.PATH}`;
  const agent = spawn('sh', ['-c', `exec env ${command}`], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: path } });
  agents.push(agent);
  return agent;
};

// Waits until an agent says something.
const says = async (agent, pattern) => {
  const lines = createInterface({ input: agent.stderr, signal: AbortSignal.timeout(30_000) });
  const heard = [];
  for await (const line of lines) {
    heard.push(line);
    if (pattern.test(line)) return;
  }
  throw new Error(`the agent did not say ${pattern}: ${heard.join(' | ')}`);
};
const ends = agent => new Promise(done => { agent.once('exit', done); agent.kill('SIGKILL'); });

test('a device is enrolled, and the displayed command connects it', async () => {
  const ada = await tandem.person('operator', { path: '/provision' });
  const { page } = ada;
  const will = page.getByRole('region', { name: 'What will happen' });
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByText('Give the device a name').waitFor();
  await page.getByLabel('Name').fill('am4 kitchen');
  await page.getByRole('button', { name: 'Use am4-kitchen' }).click();
  assert.equal(await page.getByLabel('Name').inputValue(), 'am4-kitchen');
  await page.getByLabel('Tags').fill('region = Nord\nfloor = 2');
  await page.getByLabel('Desired state').fill("{ 'telemetry': { 'interval_s': 60 }, }");
  await will.getByText('2 tags').waitFor();
  await will.getByText('a desired state that cannot be read').waitFor();
  await page.getByLabel('Name').focus();
  await page.getByRole('button', { name: 'Write it as JSON has it' }).click();
  await will.getByText('1 setting').waitFor();
  await ada.passesAxe();
  await page.getByRole('button', { name: /Enroll device/ }).click();

  await page.getByRole('heading', { level: 1, name: 'am4-kitchen is enrolled' }).waitFor();
  await page.getByText('Waiting for its first connection').waitFor();
  await page.getByText('Show as QR code').click();
  await page.getByRole('img', { name: 'QR code of the connection string' }).waitFor();
  for (const way of ['Python', 'Node', 'C']) {
    await page.getByText(way, { exact: true }).click();
    assert.match(await page.getByLabel(`Start with ${way}`, { exact: true }).innerText(), /DeviceId=am4-kitchen;SharedAccessKey=/);
  }
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined })); // as on a page without TLS
  await page.getByRole('button', { name: 'Copy connection string', exact: true }).click();
  await page.getByText('The browser does not allow it').waitFor();
  await ada.passesAxe();
  await page.getByText('Show the certificate').click();
  writeFileSync(join(folder, 'ca.pem'), await page.getByLabel('Certificate of the authority', { exact: true }).innerText());
  await page.getByText('tandem-agent', { exact: true }).first().click();
  command = await page.getByLabel('Start with tandem-agent', { exact: true }).innerText();
  starts(command).stderr.resume();
  await page.getByText(/^Connected at/).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Open device' }).click();
  await page.getByRole('heading', { level: 1, name: /am4-kitchen/ }).waitFor();
  await ada.leaves();
});

test('a device is kept out at once, and let in again', async () => {
  const ada = await tandem.person('operator', { path: '/devices/am4-kitchen' });
  const { page } = ada;
  await page.getByText(/^Connected/).first().waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Disable device' }).click();
  const sheet = page.getByRole('dialog', { name: /am4-kitchen/ });
  await sheet.getByRole('button', { name: 'Disable', exact: true }).click();
  await sheet.getByText('Say why, for whoever reads the history.').waitFor();
  await sheet.getByLabel('Reason').fill('lost in the cellar');
  await sheet.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByText('This device is disabled: lost in the cellar. It cannot connect.').waitFor();
  await page.getByText(/^Not connected/).first().waitFor();
  await page.getByRole('button', { name: 'Enable device' }).click();
  await sheet.getByLabel('Reason').fill('found');
  await sheet.getByRole('button', { name: 'Enable', exact: true }).click();
  await page.getByRole('button', { name: 'Disable device' }).waitFor();
  await ada.leaves();
});

test('keys are rolled one after the other: the device is never locked out, and the old key opens nothing', async () => {
  const ada = await tandem.person('operator', { path: '/devices/am4-kitchen' });
  const { page } = ada;
  const old = command.match(/HostName=[^'"\s]+/)[0];
  await page.getByText(/^Connected/).first().waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Roll keys' }).click();
  const sheet = page.getByRole('dialog', { name: 'Roll the keys of am4-kitchen' });
  await sheet.getByLabel('Reason').fill('yearly');
  await sheet.getByRole('button', { name: 'Make secondary key' }).click();
  const shown = sheet.getByLabel('Connection string', { exact: true });
  await shown.waitFor();
  await ada.passesAxe();
  const secondary = await shown.innerText();

  // The overlap: the device takes the new string while the old one holds.
  await Promise.all(agents.splice(0).map(ends));
  const moved = starts(command.replace(old, secondary));
  await says(moved, /connected/i);
  moved.stderr.resume();
  await sheet.getByRole('button', { name: 'Make primary key' }).click();
  await shown.nth(1).waitFor();
  assert.notEqual(secondary, await shown.nth(1).innerText());
  await sheet.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Roll keys' }).click();
  await sheet.getByLabel('Reason').waitFor();
  assert.equal(await shown.count(), 0);
  await ada.presses('Escape');
  await ends(moved);
  await page.getByText(/^Not connected/).first().waitFor({ timeout: 30_000 });

  await says(starts(command), /refused/);
  await Promise.all(agents.splice(0).map(agent => agent.exitCode === null && !agent.signalCode && ends(agent)));
  starts(command.replace(old, secondary)).stderr.resume();
  await page.getByText(/^Connected/).first().waitFor({ timeout: 30_000 });
  await ada.leaves();
});

test('a supervisor reads the form and hears why it is not theirs to send', async () => {
  const sam = await tandem.person('supervisor', { path: '/provision' });
  const enroll = sam.page.getByRole('button', { name: /Enroll device/ });
  assert.equal(await enroll.getAttribute('aria-disabled'), 'true');
  assert.match(await enroll.getAttribute('aria-description'), /supervisor/);
  await sam.leaves();
});
