// One device's whole life, lived in the browser with a real agent: its property is declared, it is enrolled by the
// command that is shown, seen live, changed with others by a job and changed back, refuses what it cannot do and is
// mended from the overview, replaced, retired, found in the archive and counted in the report.
// Goal: the five stages are one path. Method: the real server, the displayed commands, by role and name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

const PATH = 'properties.desired.telemetry.interval_s';
const folder = mkdtempSync(join(tmpdir(), 'tandem-life-'));
const agents = [];
let tandem, olga, page, command;

before(async () => {
  tandem = await Tandem.start({ demo: 10 });
  olga = await tandem.person('admin');
  page = olga.page;
});
after(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  await tandem?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Runs a displayed command as a shell does, where the authority was saved; each device keeps its state apart.
const starts = (line, home) => {
  const cwd = join(folder, home);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'ca.pem'), authority);
  const path = `${dirname(process.env.TANDEM_BIN)}:${process.env.PATH}`;
  agents.push(spawn('sh', ['-c', `exec env ${line}`], { cwd, stdio: 'ignore', env: { ...process.env, PATH: path } }));
};
let authority;

const opens = async id => {
  await olga.opens(`/devices/${id}`);
  await page.getByRole('heading', { level: 1, name: new RegExp(id) }).waitFor();
};
const leaf = name => page.getByRole('treegrid').getByRole('row').filter({ hasText: name }).first();

test('Plan: a property is declared', async () => {
  await olga.opens('/plan');
  await page.getByRole('button', { name: `Declare ${PATH}` }).click();
  const sheet = page.getByRole('dialog', { name: 'Declare a property' });
  await sheet.getByLabel('Unit').fill('s');
  await sheet.getByRole('button', { name: 'Declare', exact: true }).click();
  const row = page.getByRole('region', { name: 'Queryable properties' }).getByRole('row').filter({ hasText: PATH });
  await row.getByText('Ready').waitFor();
});

test('Provision: a device is enrolled, and the displayed command brings it to life', async () => {
  await olga.opens('/provision');
  await page.getByLabel('Name').fill('life-1');
  await page.getByLabel('Tags').fill('region = Frisia\nsite = Sneek');
  await page.getByLabel('Desired state').fill('{ "telemetry": { "interval_s": 60 } }');
  await page.getByRole('button', { name: /Enroll device/ }).click();
  await page.getByRole('heading', { level: 1, name: 'life-1 is enrolled' }).waitFor();
  await page.getByText('Show the certificate').click();
  authority = await page.getByLabel('Certificate of the authority', { exact: true }).innerText();
  command = await page.getByLabel('Start with tandem-agent', { exact: true }).innerText();
  starts(command, 'life-1');
  await page.getByText(/^Connected at/).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Open device' }).click();
  await leaf('interval_s').getByText('Agrees').waitFor({ timeout: 30_000 });
  // Live: what it reports moves without a word from the person.
  await page.getByRole('listitem').filter({ hasText: /Connected/ }).first().waitFor();
});

const asks = async (value, reason) => {
  await olga.opens(`/jobs/new?q=${encodeURIComponent("tags.site = 'Sneek'")}`);
  await page.getByLabel('Path 1', { exact: true }).fill('telemetry.interval_s');
  await page.getByLabel('Type 1', { exact: true }).selectOption('number');
  await page.getByRole('textbox', { name: 'Value 1' }).fill(value);
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('region', { name: 'What will happen' }).getByText('1 device matches').waitFor();
  await page.getByRole('button', { name: /Start job/ }).click();
  await page.getByRole('heading', { level: 1, name: /^Job \d+/ }).waitFor();
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 60_000 });
  return new URL(page.url()).pathname;
};

test('Configure: a job changes it, and the job is taken back', async () => {
  const job = await asks('30', 'the season begins');
  await opens('life-1');
  await leaf('interval_s').getByText('Agrees').waitFor({ timeout: 30_000 });
  assert.match(await leaf('interval_s').innerText(), /30/);
  await olga.opens(job);
  await page.getByRole('button', { name: /Take back/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('the season is late');
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('heading', { level: 1, name: /take back job/ }).waitFor();
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 60_000 });
  await opens('life-1');
  await leaf('interval_s').getByText('Agrees').waitFor({ timeout: 30_000 });
  assert.match(await leaf('interval_s').innerText(), /60/);
});

test('Monitor: what it refuses needs a person, who mends it', async () => {
  await asks('0', 'as often as possible'); // the device takes 1 to 86,400 s
  // Others of the fleet refuse, too: the list that is opened below shall be of a time when this one has answered.
  await opens('life-1');
  await page.getByText(/takes 1 to 86,?400 s/).first().waitFor({ timeout: 60_000 });
  await olga.opens('/');
  await olga.isLive();
  const list = page.getByRole('region', { name: 'Needs a person' });
  const refusing = list.getByRole('listitem').filter({ hasText: /refuses? what was asked/ });
  const arrives = list.getByRole('button', { name: /new/ });
  // What arrives is shown when it is asked for; something else may have arrived before.
  while (await refusing.count() === 0) {
    await refusing.or(arrives).first().waitFor({ timeout: 90_000 });
    if (await refusing.count() === 0) await arrives.click();
  }
  await refusing.getByRole('button', { name: 'Take it' }).click();
  await refusing.getByRole('link', { name: 'Open' }).click();
  await page.getByRole('table').getByRole('link', { name: 'life-1' }).click();
  await page.getByText(/takes 1 to 86,?400 s/).first().waitFor();
  await asks('90', 'what it can do');
  await opens('life-1');
  await leaf('interval_s').getByText('Agrees').waitFor({ timeout: 30_000 });
});

test('Retire: it is replaced, the new one is retired, and both are found in the archive', async () => {
  await opens('life-1');
  await page.getByRole('link', { name: 'Replace…' }).click();
  await page.getByLabel('Name of the new device').fill('life-2');
  await page.getByLabel('Reason', { exact: true }).fill('worn out after a season');
  await page.getByRole('button', { name: 'Replace device' }).click();
  await page.getByRole('heading', { name: 'life-2 replaces life-1' }).waitFor();
  const string = (await page.getByLabel('Connection string', { exact: true }).innerText()).trim();
  starts(command.replace(/TANDEM_CONNECTION_STRING='[^']*'/, `TANDEM_CONNECTION_STRING='${string}'`), 'life-2');
  await page.getByRole('link', { name: 'Open the new device' }).click();
  await page.getByText(/^Connected/).first().waitFor({ timeout: 60_000 });
  await leaf('interval_s').getByText('Agrees').waitFor({ timeout: 30_000 });
  assert.match(await leaf('interval_s').innerText(), /90/, 'what was asked of the old one is asked of the new');

  await page.getByRole('link', { name: 'Retire…' }).click();
  await page.getByLabel('Reason', { exact: true }).fill('the site is sold');
  await page.getByRole('button', { name: 'Retire device' }).click();
  await page.getByRole('heading', { name: 'life-2 is retired' }).waitFor();
  await olga.opens('/retire');
  const search = page.getByRole('search', { name: 'Search the archive' });
  await search.getByLabel('Device id contains').fill('life');
  await search.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/life/);
  const archive = page.getByRole('table', { name: 'Archive' });
  await archive.getByText('the site is sold').waitFor();
  await archive.getByText('worn out after a season').waitFor();
});

test('Reports: its end is counted', async () => {
  await olga.opens('/reports');
  await page.getByRole('article').getByText(/2 devices were retired/).first().waitFor();
  await olga.leaves();
});
