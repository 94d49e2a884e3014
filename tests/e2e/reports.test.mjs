// A supervisor reads the report. Goal: its figures equal the lists that they open, its past is what was stored, and it
// leaves the console as paper and as a table. Method: the real server, with a demonstration fleet.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { password, Tandem } from './tandem.mjs';

let tandem;
before(async () => {
  tandem = await Tandem.start({ demo: 12 });
  const ada = await tandem.person('admin');
  await ada.isLive();
  await ada.leaves();
});
after(() => tandem?.stop());

const headline = person => person.page.getByRole('heading', { level: 1 });

test('a supervisor who asked for no page begins with the report, and its figures are those of the lists they open', async () => {
  const vera = await tandem.person(null);
  const { page } = vera;
  await vera.opens('/');
  assert.match(page.url(), /\/sign-in$/);
  await page.getByLabel('Name').fill('supervisor');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/reports');
  await vera.isReady();
  await headline(vera).filter({ hasText: /^Week \d+, / }).waitFor();
  assert.ok(await page.getByRole('region', { name: 'To decide', exact: true }).isVisible());

  const paper = page.getByRole('article');
  const devices = paper.getByRole('link', { name: /^now \d+$/ }).nth(2);
  const told = (await devices.innerText()).replace(/\D/g, '');
  await devices.click();
  await page.waitForURL('**/devices**');
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(told, '12');
  await page.getByText(/of 12\b|\b12 devices?\b/).first().waitFor();
  await vera.leaves();
});

test('the report is read as day and month, and saved as a table', async () => {
  const vera = await tandem.person('supervisor', { path: '/reports' });
  const { page } = vera;
  await page.getByRole('link', { name: 'Day', exact: true }).click();
  await page.waitForURL(/\/reports\/fleet\/\d{4}-\d{2}-\d{2}$/);
  await page.getByRole('link', { name: 'Month', exact: true }).click();
  await page.waitForURL(/\/reports\/fleet\/\d{4}-\d{2}$/);
  await headline(vera).filter({ hasText: /^\w+ \d{4}$/ }).waitFor();
  const month = await headline(vera).innerText();
  await page.getByRole('link', { name: 'Previous', exact: true }).click();
  await page.getByText('Nothing was measured in this month.').waitFor();
  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await headline(vera).filter({ hasText: month }).waitFor();

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  assert.match(download.suggestedFilename(), /^fleet-\d{4}-\d{2}\.csv$/);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().split('\n');
  assert.equal(lines[0], 'part,name,measure,time,value,before,query');
  assert.ok(lines.some(line => /^now,devices,devices,[^,]+,12,,\*$/.test(line)), lines.join('\n'));
  assert.ok(lines.includes('figure,retired in the period,devices,,0,,'), lines.join('\n'));
  await page.getByText('No device was retired.').waitFor();
  await vera.leaves();
});

test('by keyboard alone: to the report, and printed', async () => {
  const vera = await tandem.person('supervisor', { path: '/devices' });
  const { page } = vera;
  await vera.presses('g', 'o');
  await page.waitForURL('**/reports');
  await headline(vera).filter({ hasText: /^Week/ }).waitFor();
  await page.evaluate(() => { globalThis.printed = 0; globalThis.print = () => { globalThis.printed += 1; }; });
  await vera.presses('p');
  assert.equal(await page.evaluate(() => globalThis.printed), 1);
  await vera.leaves();
});

test('what is no period says so', async () => {
  const vera = await tandem.person('supervisor');
  vera.expects(/404/);
  await vera.opens('/reports/fleet/2026-13');
  await vera.page.getByText('is no period').waitFor();
  await vera.leaves();
});

test('it prints on A4 without the frame', async () => {
  const vera = await tandem.person('supervisor', { path: '/reports', theme: 'dark' });
  await vera.page.emulateMedia({ media: 'print' });
  assert.ok(await vera.page.getByRole('navigation', { name: 'Main' }).isHidden());
  assert.ok(await vera.page.getByRole('button', { name: /Print/ }).isHidden());
  const pdf = await vera.page.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.subarray(0, 4).toString(), '%PDF');
  const [, width, height] = pdf.toString('latin1').match(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/);
  assert.deepEqual([Math.round(width), Math.round(height)], [595, 842]);
  await vera.leaves();
});
