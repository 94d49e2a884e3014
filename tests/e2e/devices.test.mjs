// Devices complete, in a real browser over the real binary. Goal: facets write the query text and the text checks the facets,
// views are saved, rows and all that match are selected, a device is looked at beside the list, a file equals the query, and a
// slow question is cancelled. Method: by role and name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tandem } from './tandem.mjs';

const devices = Array.from({ length: 60 }, (_, number) => ({
  id: `dev-${String(number).padStart(3, '0')}`,
  eTag: 'AAAAAAAAAAE=', status: number % 10 === 9 ? 'disabled' : 'enabled', statusReason: '',
  authentication: { type: 'sas', symmetricKey: { primaryKey: Buffer.alloc(32, number + 1).toString('base64'), secondaryKey: Buffer.alloc(32, number + 101).toString('base64') } },
  twinETag: 'AAAAAAAAAAE=',
  tags: { region: ['Holstein', 'Brabant', 'Picardy'][number % 3], site: `s${number % 4}`, note: number === 7 ? '=1+1' : 'plain', floor: number % 5 },
  properties: { desired: number % 2 ? { mode: 'fast' } : {}, reported: {} },
}));

describe('devices', { concurrency: false }, () => {
  let tandem;
  before(async () => {
    tandem = await Tandem.start({ devices });
    const admin = await tandem.person('admin', { path: '/plan' });
    await admin.page.getByRole('button', { name: 'Declare a property' }).click();
    const sheet = admin.page.getByRole('dialog', { name: 'Declare a property' });
    await sheet.getByLabel('Path').fill('tags.region');
    await sheet.getByRole('button', { name: 'Declare', exact: true }).click();
    await admin.page.getByRole('row', { name: /tags\.region/ }).getByText('Ready').waitFor();
    await admin.leaves();
  });
  after(() => tandem.stop());

  const query = person => person.page.getByRole('combobox', { name: 'Fleet query' });
  const facet = (person, name) => person.page.getByRole('complementary', { name: 'Facets' }).getByRole('checkbox', { name });
  const answered = (person, count) => person.page.getByRole('status').filter({ hasText: new RegExp(`^${count} in `) }).waitFor();

  test('a facet writes the text, and the text ticks the facet', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    await facet(person, /Holstein 20/).click();
    await answered(person, 20);
    assert.equal(await query(person).inputValue(), "tags.region = 'Holstein'");
    assert.equal(await facet(person, /Holstein 20/).getAttribute('aria-checked'), 'true');
    await facet(person, /Brabant 20/).click();
    await answered(person, 40);
    assert.equal(await query(person).inputValue(), "tags.region IN ['Holstein', 'Brabant']");
    await query(person).fill("'Picardy' = tags.region and is_drifting()");
    await query(person).press('Enter');
    await answered(person, 10);
    assert.equal(await facet(person, /Picardy 10/).getAttribute('aria-checked'), 'true');
    assert.equal(await facet(person, /Drifting 10/).getAttribute('aria-checked'), 'true');
    assert.equal(await facet(person, /Holstein/).getAttribute('aria-checked'), 'false');
    await facet(person, /Picardy 10/).focus();
    await person.presses('Space');
    await answered(person, 30);
    assert.equal(await query(person).inputValue(), 'IS_DRIFTING()');
    await person.passesAxe();
    await person.leaves();
  });

  test('every facet counts what its query finds', async () => {
    const person = await tandem.person('admin', { path: "/devices?q=tags.region%20%3D%20%27Holstein%27" });
    await answered(person, 20);
    const options = await person.page.getByRole('complementary', { name: 'Facets' }).getByRole('checkbox').evaluateAll(all => all
      .filter(option => option.getAttribute('aria-checked') === 'false' && option.hasAttribute('href'))
      .map(option => [option.getAttribute('href'), option.querySelector('.n').textContent]));
    assert.ok(options.length >= 6, `${options.length} facets`);
    for (const [href, count] of options) {
      // Beside a value that is chosen, another one of the same property adds to it.
      const adds = /IN%20%5B/.test(href) ? 20 : 0;
      await person.opens(href);
      await answered(person, Number(count.replaceAll(',', '')) + adds);
    }
    await person.leaves();
  });

  test('facets work without scripts', async () => {
    const signed = await tandem.person('admin', { path: '/devices' });
    const cookies = await signed.context.cookies();
    const plain = await tandem.person(null, { javaScriptEnabled: false });
    await plain.context.addCookies(cookies);
    await plain.page.goto('/devices');
    await facet(plain, /Holstein 20/).click();
    await plain.page.getByText('20 in ').first().waitFor();
    assert.equal(await query(plain).inputValue(), "tags.region = 'Holstein'");
    await plain.page.getByRole('columnheader', { name: 'Site' }).getByRole('link').click();
    await plain.page.getByText('Sorted by Site').waitFor();
    await query(plain).fill("status = 'disabled'");
    await plain.page.getByRole('button', { name: 'Run' }).click();
    await plain.page.getByText('6 in ').first().waitFor();
    await plain.page.getByText('Sorted by Site').waitFor();
    // On a phone they stand below the list there.
    await plain.page.setViewportSize({ width: 390, height: 844 });
    assert.ok(await facet(plain, /Brabant/).isVisible());
    assert.ok(await plain.page.evaluate(() => document.documentElement.scrollWidth) <= 390);
    await signed.leaves();
    await plain.leaves();
  });

  test('a view is saved, changed, found by everybody, and deleted with a reason', async () => {
    const person = await tandem.person('admin', { path: "/devices?q=tags.region%20%3D%20%27Holstein%27" });
    await answered(person, 20);
    await person.page.getByRole('button', { name: 'Save view…' }).click();
    const sheet = person.page.getByRole('dialog', { name: 'Create a group' });
    await sheet.getByRole('button', { name: 'Save' }).click();
    await sheet.getByRole('alert').filter({ hasText: 'no name' }).waitFor();
    person.expects(/400|422/);
    await sheet.getByLabel('Name').fill('North');
    await sheet.getByRole('button', { name: 'Save' }).click();
    const tab = person.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /North 20/ });
    await tab.waitFor();
    await person.page.waitForURL(/\/devices\?view=\d+&q=tags.region%20%3D%20%27Holstein%27$/);
    assert.equal(await tab.getAttribute('aria-current'), 'true');
    await query(person).fill("tags.region = 'Holstein' AND IS_DRIFTING()");
    await query(person).press('Enter');
    await person.page.getByText('· changed').waitFor();
    await person.page.getByRole('button', { name: 'Save', exact: true }).click();
    const change = person.page.getByRole('dialog', { name: 'Change the group' });
    await change.getByRole('button', { name: 'Save' }).click();
    await person.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /North 10/ }).waitFor();

    // Its tab says all of it: without scripts it opens as it is.
    const href = await person.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /North 10/ }).getAttribute('href');
    const plain = await tandem.person(null, { javaScriptEnabled: false });
    await plain.context.addCookies(await person.context.cookies());
    await plain.page.goto(href);
    await plain.page.getByText('10 in ').first().waitFor();
    assert.equal(await plain.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: /North/ }).getAttribute('aria-current'), 'true');
    await plain.leaves();

    await person.opens('/plan');
    const row = person.page.getByRole('row', { name: /North/ });
    await row.getByRole('link', { name: '10', exact: true }).waitFor();
    await row.getByRole('button', { name: 'Delete North' }).click();
    const dialog = person.page.getByRole('dialog', { name: 'Delete North?' });
    await dialog.getByRole('button', { name: 'Delete the group' }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByLabel('Reason').fill('The crew looks at all regions now');
    await dialog.getByRole('button', { name: 'Delete the group' }).click();
    await person.page.getByText('No group yet').waitFor();
    await person.leaves();
  });

  test('rows and all that match are selected, and a file equals the query', async () => {
    const person = await tandem.person('admin', { path: '/devices?q=IS_DRIFTING()' });
    await answered(person, 30);
    await person.page.getByRole('checkbox', { name: 'Select dev-003' }).click();
    await person.page.getByRole('checkbox', { name: 'Select dev-007' }).click({ modifiers: ['Shift'] });
    const toolbar = person.page.getByRole('toolbar', { name: 'Selected devices' });
    await toolbar.getByText('3 selected').waitFor();
    const file = async () => {
      const href = await toolbar.getByRole('link', { name: 'Export CSV' }).getAttribute('href');
      const answer = await person.context.request.get(href);
      assert.equal(answer.status(), 200);
      return (await answer.text()).trimEnd().split('\r\n');
    };
    const ids = lines => lines.slice(1).map(line => line.split(',')[0]);
    assert.deepEqual(ids(await file()), ['dev-003', 'dev-005', 'dev-007']);
    await person.passesAxe();
    const leads = async name => decodeURIComponent(await toolbar.getByRole('link', { name }).getAttribute('href'));
    assert.equal(await leads('Change…'), "/jobs/new?q=deviceId IN ['dev-003', 'dev-005', 'dev-007']");
    await toolbar.getByRole('button', { name: 'all 30 that match' }).click();
    await toolbar.getByText('All 30 that match').waitFor();
    assert.equal(ids(await file()).length, 30);
    assert.equal(await leads('Run a method…'), '/jobs/new?q=IS_DRIFTING()&kind=method');
    assert.equal(await leads('Retire…'), '/retire?q=IS_DRIFTING()');
    await toolbar.getByRole('button', { name: 'Clear' }).click();
    await toolbar.waitFor({ state: 'detached' });
    // A column more is a column more of the file.
    await person.opens("/devices?q=tags.floor%20%3D%202%20AND%20IS_DRIFTING()&cols=state,tags.floor");
    const whole = await person.context.request.get(await person.page.getByRole('link', { name: 'Export' }).getAttribute('href'));
    const [head, ...rows] = (await whole.text()).trimEnd().split('\r\n');
    assert.equal(head, 'deviceId,status,connectionState,drift.count,drift.refused,tags.floor');
    assert.deepEqual(rows.map(row => row.split(',')[0]), devices.filter((one, number) => number % 2 && one.tags.floor === 2).map(one => one.id));
    const answer = await person.context.request.get("/devices.csv?q=deviceId%20%3D%20%27dev-007%27&cols=tags.note,tags.floor");
    assert.deepEqual((await answer.text()).trimEnd().split('\r\n'), ['deviceId,tags.note,tags.floor', "dev-007,'=1+1,2"]);
    assert.match(answer.headers()['content-disposition'], /attachment; filename="devices-\d{4}-\d{2}-\d{2}\.csv"/);
    await person.leaves();
  });

  test('by the keyboard alone: to a row, select a stretch, look at devices one after the other, back', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    await person.presses('j', 'x', 'j', 'j', 'Shift+X');
    await person.page.getByRole('toolbar', { name: 'Selected devices' }).getByText('3 selected').waitFor();
    await person.presses('Escape');
    await person.page.getByRole('toolbar', { name: 'Selected devices' }).waitFor({ state: 'detached' });
    await person.presses('k', ' ', 'j', 'Shift+ ');
    await person.page.getByRole('toolbar', { name: 'Selected devices' }).getByText('2 selected').waitFor();
    await person.presses('Escape', 'o');
    await person.page.getByRole('dialog', { name: 'dev-002' }).getByText('not connected').waitFor();
    await person.presses(']');
    const look = person.page.getByRole('dialog', { name: 'dev-003' });
    await look.getByText('mode').waitFor();
    await person.passesAxe();
    await person.presses('Escape');
    await look.waitFor({ state: 'hidden' });
    await person.page.waitForFunction(() => document.activeElement?.textContent?.includes('dev-003'));
    await person.presses('Enter');
    await person.page.waitForURL(/\/devices\/dev-003$/);
    await person.leaves();
  });

  test('columns are chosen, and are in the address', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    await person.page.getByRole('button', { name: 'Columns' }).click();
    const sheet = person.page.getByRole('dialog', { name: 'Columns' });
    await sheet.getByRole('checkbox', { name: /region/ }).check();
    await sheet.getByRole('checkbox', { name: /Firmware/ }).uncheck();
    // By the keyboard: what is moved keeps the focus.
    await sheet.getByRole('button', { name: 'Move Site up' }).focus();
    await person.presses('Enter');
    await person.page.waitForFunction(() => document.activeElement.closest('li')?.matches(':first-child'));
    assert.equal(await person.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Move Site up');
    await person.passesAxe();
    await sheet.getByRole('button', { name: 'Show these' }).click();
    await person.page.waitForURL(/cols=/);
    await person.page.getByRole('columnheader', { name: /region/ }).waitFor();
    assert.equal(await person.page.getByRole('columnheader', { name: /Firmware/ }).count(), 0);
    assert.equal(await person.page.getByRole('columnheader').nth(1).innerText(), 'Site');
    await person.page.getByRole('cell', { name: 'Holstein', exact: true }).first().waitFor();
    await person.leaves();
  });

  test('a device is looked at with a click, and the look ends where it began', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    await person.page.getByRole('row', { name: /dev-004/ }).hover();
    await person.page.getByRole('button', { name: 'Look at dev-004' }).click();
    const look = person.page.getByRole('dialog', { name: 'dev-004' });
    await look.getByText('not connected').waitFor();
    await look.getByRole('button', { name: 'Close' }).click();
    await look.waitFor({ state: 'hidden' });
    await person.page.waitForFunction(() => document.activeElement?.closest('tr')?.textContent.includes('dev-004'));
    await person.leaves();
  });

  test('rows come and go on a word alone: what matches by now is counted above the list', async () => {
    const ada = await tandem.person('admin', { path: '/devices?q=status%20%3D%20%27enabled%27' });
    const ben = await tandem.person('admin');
    await answered(ada, 54);
    await ada.isLive();
    const says = async (word, id, reason) => {
      await ben.opens(`/devices/${id}`);
      await ben.isLive();
      await ben.page.getByRole('button', { name: `${word} device` }).click();
      const sheet = ben.page.getByRole('dialog', { name: new RegExp(id) });
      await sheet.getByLabel('Reason').fill(reason);
      await sheet.getByRole('button', { name: word, exact: true }).click();
      await sheet.waitFor({ state: 'hidden' });
    };
    await says('Disable', 'dev-000', 'lost');
    await ada.page.getByText('53 devices match by now').waitFor();
    const row = ada.page.getByRole('row', { name: /dev-000/ });
    await row.getByText('Disabled').waitFor();
    // What is shown stays alive while it is asked for anew, however long that takes.
    const asked = new Promise(resolve => ada.page.route(/\/api\/devices\?/, resolve, { times: 1 }));
    await ada.page.getByRole('button', { name: 'Show them' }).click();
    const question = await asked;
    await says('Disable', 'dev-001', 'lost');
    await ada.page.getByText('52 devices match by now').waitFor();
    await question.continue();
    await answered(ada, 52);
    await row.waitFor({ state: 'detached' });
    await says('Enable', 'dev-001', 'found');
    await ada.page.getByText('53 devices match by now').waitFor();
    await says('Enable', 'dev-000', 'found');
    await ada.page.getByText('54 devices match by now').waitFor();
    await ada.passesAxe();
    await ben.leaves();
    await ada.leaves();
  });

  test('a slow question says how far it is, and is cancelled', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    // The server's own scan is held in its tests; here the browser is told what it tells then.
    let asked = 0;
    await person.page.route(/\/api\/devices\?/, route => {
      asked += 1;
      return route.fulfill({ json: { Reading: { read: 12_000 * asked, of: 1_000_000, matched: 37, is_waiting: false } } });
    });
    await query(person).fill("tags.note = 'plain'");
    await query(person).press('Enter');
    const reads = least => person.page.waitForFunction(least => {
      const [, read] = /Reading documents… ([\d,]+) of 1,000,000 read, 37 match so far\./.exec(document.body.textContent) ?? [];
      return Number(read?.replaceAll(',', '')) >= least;
    }, least);
    await reads(24_000);
    // The page changes in place: what has the focus keeps it.
    await person.page.getByRole('button', { name: 'Cancel' }).focus();
    await reads(48_000);
    assert.equal(await person.page.evaluate(() => document.activeElement.textContent), 'Cancel');
    const cancelled = person.page.waitForRequest(request => request.url().endsWith('/api/devices/cancel') && request.method() === 'POST');
    await person.presses('Enter');
    await cancelled;
    await person.page.getByText('Cancelled:').first().waitFor();
    await person.passesAxe();
    await person.page.unroute(/\/api\/devices\?/);
    await person.page.getByRole('button', { name: 'Ask again' }).click();
    await answered(person, 59);
    await person.leaves();
  });

  test('on a phone the facets are in a sheet, and nothing is wider than the screen', async () => {
    for (const theme of ['light', 'dark']) {
      const person = await tandem.person('admin', { path: '/devices?q=IS_DRIFTING()', theme, viewport: { width: 390, height: 844 } });
      await person.page.getByRole('button', { name: 'Facets' }).click();
      const sheet = person.page.getByRole('dialog', { name: 'Facets' });
      assert.equal(await sheet.getByRole('checkbox', { name: /Drifting 30/ }).getAttribute('aria-checked'), 'true');
      await person.passesAxe();
      await person.presses('Escape');
      assert.ok(await person.page.evaluate(() => document.documentElement.scrollWidth) <= 390);
      await person.passesAxe();
      await person.leaves();
    }
  });

  test('a question is answered when its documents are read, without asking for them again', async () => {
    const person = await tandem.person('admin', { path: '/devices' });
    await answered(person, 60);
    let asked = 0;
    await person.page.route(/\/api\/devices\?/, route => {
      asked += 1;
      return asked < 3 ? route.fulfill({ json: { Reading: { read: 10, of: 60, matched: 1, is_waiting: false } } }) : route.continue();
    });
    await query(person).fill("tags.note = 'plain'");
    await query(person).press('Enter');
    await answered(person, 59);
    await person.page.getByRole('row', { name: /dev-059/ }).waitFor();
    assert.equal(asked, 3);
    await person.leaves();
  });
});
