// Many devices are changed by one job. Goal: what the page promises holds, also when the server is killed in the middle.
// Method: the real server with imported devices, a job bounded in rate so that it can be caught half done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

const DEVICES = 120;
// One more than a job may ask without a word of confirmation.
const MANY = 1_001;
const id = number => `job-${String(number).padStart(3, '0')}`;
let tandem;
before(async () => {
  const devices = Array.from({ length: DEVICES }, (_, number) => ({ id: id(number), tags: { site: 'Breda' }, properties: { desired: { interval_s: 60 } } }));
  const many = Array.from({ length: MANY }, (_, number) => ({ id: `many-${number}`, tags: { site: 'Zwolle' } }));
  tandem = await Tandem.start({ demo: 1, devices: [...devices, ...many] });
});
after(() => tandem?.stop());

const figure = (page, name) => page.getByRole('region', { name: 'Figures' }).getByRole('link', { name: new RegExp(`^${name}`) });
const counts = async (page, name) => Number((await figure(page, name).innerText()).match(/[\d,]+/)[0].replaceAll(',', ''));
const device = async (page, name) => {
  const answer = await page.request.get(`/api/device?id=${name}`);
  assert.ok(answer.ok(), `${name}: ${answer.status()}`);
  return answer.json();
};

const fills = async (page, { path, kind = 'number', value, reason, rate }) => {
  await page.getByLabel('Path 1', { exact: true }).fill(path);
  await page.getByLabel('Type 1', { exact: true }).selectOption(kind);
  if (value !== undefined) await page.getByRole('textbox', { name: 'Value 1' }).fill(value);
  await page.getByLabel('Reason').fill(reason);
  if (rate) await page.getByLabel('Devices a second').fill(rate);
};

test('a job says what it will do, goes on after SIGKILL, and asks each device once', async () => {
  const ada = await tandem.person('admin', { path: '/jobs' });
  const { page } = ada;
  await page.getByText('No jobs yet').waitFor();
  await ada.passesAxe();
  await page.getByRole('link', { name: /New job/ }).first().click();
  await page.getByLabel('Condition').fill("tags.site = 'Breda'");
  const will = page.getByRole('region', { name: 'What will happen' });
  await will.getByText(`${DEVICES} devices match`).waitFor();
  await fills(page, { path: 'interval_s', value: 'often', reason: 'a quieter night', rate: '20' });
  await page.getByLabel('Reason').focus();
  await page.getByText('Write a number').waitFor();
  await page.getByRole('textbox', { name: 'Value 1' }).fill('30');
  await will.getByText('desired.interval_s becomes 30').waitFor();
  await will.getByText('At most 20 devices a second').waitFor();
  await page.getByRole('region', { name: 'Before and after' }).getByText('60 → 30').first().waitFor();
  await ada.passesAxe();
  await page.getByRole('button', { name: /Start job/ }).click();
  await page.getByRole('heading', { level: 1, name: /Job 1: desired.interval_s = 30/ }).waitFor();
  await page.waitForFunction(() => {
    const done = [...document.querySelectorAll('.stat')].find(stat => stat.textContent.startsWith('Done'));
    return Number(done?.querySelector('.v')?.textContent) > 5;
  });
  ada.expects(/WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to load resource/);
  await tandem.kill();
  await tandem.boot();
  await ada.opens('/jobs/1');
  const half = await counts(page, 'Done');
  assert.ok(half > 0 && half < DEVICES, `killed in the middle: ${half} were done`);
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await counts(page, 'Done'), DEVICES);
  for (let number = 0; number < DEVICES; number += 1) {
    const { desired_version } = await device(page, id(number));
    assert.equal(desired_version, 2, `${id(number)} was asked once`);
  }
  await ada.passesAxe();
  await ada.leaves();
});

test('a job is taken back where nobody changed the value since', async () => {
  const ada = await tandem.person('admin', { path: '/jobs/new?q=deviceId%20%3D%20%27job-007%27' });
  const { page } = ada;
  await fills(page, { path: 'interval_s', value: '10', reason: 'this one is watched' });
  await page.getByRole('region', { name: 'What will happen' }).getByText('1 device matches').waitFor();
  await page.getByRole('region', { name: 'Before and after' }).getByText('30 → 10').waitFor();
  await page.getByRole('button', { name: /Start job/ }).click();
  await page.getByRole('heading', { level: 1, name: /Job 2/ }).waitFor();
  await page.getByText('ended', { exact: true }).waitFor();

  await ada.opens('/jobs/1');
  await page.getByRole('button', { name: /Take back/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await dialog.getByText('Say why').waitFor();
  await dialog.getByLabel('Reason').fill('it was too quiet');
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('heading', { level: 1, name: /Job 3: take back job 1/ }).waitFor();
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await counts(page, 'Done'), DEVICES - 1);
  const outcomes = page.getByRole('table', { name: 'Outcomes of this job' });
  const kept = outcomes.getByRole('row', { name: /kept: changed since/ });
  await kept.getByText('by job 2').waitFor();
  await kept.getByRole('link', { name: '1', exact: true }).click();
  await page.getByRole('table', { name: 'Devices of this job' }).getByRole('link', { name: 'job-007' }).click();
  await page.getByRole('heading', { level: 1, name: /job-007/ }).waitFor();
  assert.match(JSON.stringify(await device(page, 'job-000')), /60/);
  await ada.leaves();
});

test('with the keyboard alone: a method finds nobody connected, a job is canceled', async () => {
  const ada = await tandem.person('admin', { path: '/' });
  const { page } = ada;
  await ada.presses('g', 'c');
  await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
  await ada.presses('n');
  await page.getByLabel('Condition').focus();
  await page.keyboard.type("tags.site = 'Breda'");
  await page.getByRole('button', { name: 'Method' }).focus();
  await ada.presses('Enter');
  await page.getByLabel('Method', { exact: true }).focus();
  await page.keyboard.type('reboot');
  await page.getByLabel('Devices a second').focus();
  await page.keyboard.type('1');
  await page.getByLabel('Reason').focus();
  await page.keyboard.type('to see who is there');
  await page.getByRole('region', { name: 'What will happen' }).getByText('reboot is called once').waitFor();
  await ada.presses('Control+Enter');
  await page.getByRole('heading', { level: 1, name: /call reboot/ }).waitFor();
  await page.getByText(/^ended/).first().waitFor({ timeout: 60_000 });
  await page.getByRole('row', { name: /not connected/ }).first().waitFor();
  await ada.leaves();
});

test('who asks more than a thousand devices types how many', async () => {
  const ada = await tandem.person('operator', { path: `/jobs/new?q=${encodeURIComponent("tags.site = 'Zwolle'")}` });
  const { page } = ada;
  const start = page.getByRole('button', { name: /Start job/ });
  const will = page.getByRole('region', { name: 'What will happen' });
  await will.getByText('1,001 devices match').waitFor();
  await fills(page, { path: 'interval_s', value: '30', reason: 'all of them' });
  await will.getByText('desired.interval_s becomes 30').waitFor();
  const count = page.getByLabel('Number of devices');
  await count.waitFor();
  const asks = async () => {
    assert.equal(await start.getAttribute('aria-disabled'), 'true');
    assert.equal(await start.getAttribute('aria-description'), 'Type 1,001 to confirm the number of devices.');
  };
  await asks();
  await count.fill('1000');
  await asks();
  await ada.presses('Control+Enter');
  assert.equal(new URL(page.url()).pathname, '/jobs/new', 'nothing was started');
  await count.fill('1,001');
  await start.click();
  await page.getByRole('heading', { level: 1, name: /^Job \d+/ }).waitFor();
  await page.getByText('ended', { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await counts(page, 'Done'), MANY);
  await ada.leaves();
});

test('a supervisor reads how jobs go and hears why they are not theirs', async () => {
  const sam = await tandem.person('supervisor', { path: '/jobs' });
  const { page } = sam;
  await page.getByRole('link', { name: /interval_s = 30/ }).first().click();
  await page.getByRole('heading', { level: 1, name: /^Job \d+/ }).waitFor();
  await page.getByRole('region', { name: 'Figures' }).waitFor();
  const not = async button => {
    await button.waitFor();
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    assert.match(await button.getAttribute('aria-description'), /supervisor/);
  };
  await not(page.getByRole('button', { name: /Take back/ }));
  await sam.passesAxe();
  await sam.opens(`/jobs/new?q=${encodeURIComponent("tags.site = 'Breda'")}`);
  await not(page.getByRole('button', { name: /Start job/ }));
  await sam.leaves();
});

test('a job under way is in motion on the overview, which opens it', async () => {
  const olga = await tandem.person('operator', { path: '/' });
  const theirs = olga.page.getByRole('region', { name: 'In motion' });
  await theirs.getByText('No job is under way.').waitFor();
  const ada = await tandem.person('operator', { path: `/jobs/new?q=${encodeURIComponent("tags.site = 'Breda'")}` });
  const { page } = ada;
  await fills(page, { path: 'interval_s', value: '45', reason: 'to see it move', rate: '4' });
  await page.getByRole('region', { name: 'What will happen' }).getByText('desired.interval_s becomes 45').waitFor();
  await page.getByRole('button', { name: /Start job/ }).click();
  await page.getByRole('heading', { level: 1, name: /^Job \d+/ }).waitFor();
  const job = new URL(page.url()).pathname;
  await ada.opens('/');
  const motion = page.getByRole('region', { name: 'In motion' });
  // Somebody who was there before hears of it, and the list is theirs to open.
  await olga.page.getByRole('link', { name: '1 job', exact: true }).waitFor();
  await theirs.getByRole('button', { name: '1 new, show' }).click();
  await theirs.getByRole('link', { name: /interval_s = 45/ }).waitFor();
  await page.getByRole('link', { name: '1 job', exact: true }).waitFor();
  await motion.getByText('1 under way').waitFor();
  if (await motion.getByRole('button', { name: '1 new, show' }).isVisible()) await motion.getByRole('button', { name: '1 new, show' }).click();
  const bar = motion.getByRole('progressbar');
  const done = async () => Number(await bar.getAttribute('aria-valuenow'));
  const before = await done();
  assert.ok(before < 100, `${before} %`);
  await page.waitForFunction(before => Number(document.querySelector('#in-motion [role=progressbar]').getAttribute('aria-valuenow')) > before, before);
  await ada.passesAxe();
  await motion.getByRole('link', { name: /interval_s = 45/ }).click();
  await page.waitForURL(url => url.pathname === job);
  await page.getByRole('button', { name: /Cancel job/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('seen enough');
  await dialog.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByText('canceled', { exact: true }).first().waitFor();
  await theirs.getByText('it has ended').waitFor();
  await theirs.getByRole('button', { name: '1 over, put away' }).click();
  await theirs.getByText('No job is under way.').waitFor();
  assert.equal(await olga.page.getByRole('link', { name: '1 job', exact: true }).count(), 0);
  await olga.leaves();
  await ada.leaves();
});

test('of many jobs the oldest are in motion, and none is said to have ended before it has', async () => {
  const ada = await tandem.person('operator', { path: '/' });
  const { page } = ada;
  const motion = page.getByRole('region', { name: 'In motion' });
  await motion.getByText('No job is under way.').waitFor();
  const headers = { origin: tandem.base };
  const starts = async value => {
    const draft = {
      kind: 'Desired', condition: "tags.site = 'Breda'", values: [{ path: 'interval_s', kind: 'Number', text: `${value}` }],
      method: '', payload: '', timeout_s: '', per_second: '1', reason: 'many at once', confirmed: '',
    };
    const answer = await page.request.post('/api/jobs/start', { headers, data: { draft } });
    assert.ok(answer.ok(), await answer.text());
    return answer.json();
  };
  const jobs = [];
  for (let value = 50; value < 56; value += 1) jobs.push(await starts(value));
  await motion.getByText('6 under way, the oldest 5').waitFor();
  await motion.getByRole('button', { name: /new/ }).click();
  assert.equal(await motion.getByRole('listitem').count(), 5);
  jobs.push(await starts(56));
  await motion.getByText('7 under way, the oldest 5').waitFor();
  assert.equal(await motion.getByText('it has ended').count(), 0);
  assert.equal(await motion.getByRole('button', { name: /new|over/ }).count(), 0);
  for (const id of jobs) {
    const answer = await page.request.post('/api/jobs/cancel', { headers, form: { id, reason: 'enough' } });
    assert.ok(answer.ok(), await answer.text());
  }
  await motion.getByText('it has ended').first().waitFor();
  await ada.leaves();
});

test('every page of jobs fits a phone and is dark where people like it', async () => {
  const ada = await tandem.person('admin', { path: '/jobs/1', viewport: { width: 390, height: 844 } });
  const { page } = ada;
  for (const path of ['/jobs', '/jobs/new', '/jobs/1', '/jobs/1?show=undone']) {
    await ada.opens(path);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, `${path} is too wide`);
  }
  await ada.leaves();
  const reader = await tandem.person('admin', { path: '/jobs', theme: 'dark' });
  await reader.passesAxe();
  await reader.opens('/jobs/1');
  await reader.passesAxe();
  await reader.opens('/jobs/new');
  await reader.passesAxe();
  await reader.leaves();
});
