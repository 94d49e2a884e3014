// Groups of the plan and the list of devices as a file, over the real binary. Goal: a condition gets a name and a live count,
// is changed and deleted with a reason; the file equals the query. Method: by role and name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Tandem } from './tandem.mjs';

const devices = Array.from({ length: 30 }, (_, number) => ({
  id: `dev-${String(number).padStart(3, '0')}`, status: number % 3 ? 'enabled' : 'disabled',
  tags: { note: number === 7 ? '=1+1' : 'plain', floor: number % 5 },
}));

describe('groups', { concurrency: false }, () => {
  let tandem;
  before(async () => { tandem = await Tandem.start({ devices }); });
  after(() => tandem.stop());

  test('a condition gets a name and a live count, is changed, and deleted with a reason', async () => {
    const person = await tandem.person('admin', { path: '/plan' });
    const { page } = person;
    await page.getByText('No group yet').waitFor();
    await page.getByRole('button', { name: 'Create a group' }).click();
    const sheet = page.getByRole('dialog', { name: 'Create a group' });
    await sheet.getByLabel('Name').fill('Switched off');
    await sheet.getByLabel('Condition').fill("status = 'disabled");
    person.expects(/422|400/);
    await sheet.getByRole('button', { name: 'Save' }).click();
    await sheet.getByRole('alert').filter({ hasText: 'cannot be read' }).waitFor();
    await sheet.getByLabel('Condition').fill("status = 'disabled'");
    await person.passesAxe();
    await sheet.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row', { name: /Switched off/ });
    await row.getByRole('link', { name: '10', exact: true }).waitFor();
    await person.passesAxe();

    await row.getByRole('button', { name: 'Change Switched off' }).click();
    const change = page.getByRole('dialog', { name: 'Change the group' });
    assert.equal(await change.getByLabel('Condition').inputValue(), "status = 'disabled'");
    await change.getByLabel('Condition').fill("status = 'enabled'");
    await change.getByRole('button', { name: 'Save' }).click();
    await row.getByRole('link', { name: '20', exact: true }).waitFor();

    await row.getByRole('button', { name: 'Delete Switched off' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete Switched off?' });
    await dialog.getByRole('button', { name: 'Delete the group' }).click();
    await dialog.getByText('Say why').waitFor();
    await dialog.getByLabel('Reason').fill('The crew looks at all of them now');
    await dialog.getByRole('button', { name: 'Delete the group' }).click();
    await page.getByText('No group yet').waitFor();
    await person.leaves();
  });

  test('by the keyboard alone, in the dark, on a phone', async () => {
    const person = await tandem.person('admin', { path: '/plan', theme: 'dark', viewport: { width: 390, height: 844 } });
    const { page } = person;
    await page.getByRole('button', { name: 'Create a group' }).focus();
    await person.presses('Enter');
    const sheet = page.getByRole('dialog', { name: 'Create a group' });
    await sheet.getByLabel('Name').focus();
    await page.keyboard.type('Everything');
    await person.passesAxe();
    await sheet.getByRole('button', { name: 'Save' }).focus();
    await person.presses('Enter');
    await page.getByRole('row', { name: /Everything/ }).getByRole('link', { name: '30', exact: true }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
    await person.passesAxe();
    await person.leaves();
  });

  test('the file equals the query, holds no formula, and is only for people who signed in', async () => {
    const person = await tandem.person('admin', { path: '/plan' });
    const file = async (condition, cols) => {
      const answer = await person.context.request.get(`/devices.csv?q=${encodeURIComponent(condition)}&cols=${cols}`);
      assert.equal(answer.status(), 200);
      assert.match(answer.headers()['content-disposition'], /attachment; filename="devices-\d{4}-\d{2}-\d{2}\.csv"/);
      return (await answer.text()).trimEnd().split(/\r?\n/);
    };
    assert.deepEqual(await file("deviceId = 'dev-007'", 'tags.note,tags.floor'), ['deviceId,tags.note,tags.floor', "dev-007,'=1+1,2"]);
    const disabled = (await file("status = 'disabled'", 'status')).slice(1);
    assert.deepEqual(disabled, devices.filter(one => one.status === 'disabled').map(one => `${one.id},disabled`));
    assert.equal((await file('', 'tags.floor')).length, 31);
    const wrong = await person.context.request.get('/devices.csv?q=status%20%3D');
    assert.equal(wrong.status(), 422);
    await person.leaves();
    const stranger = await tandem.person(null);
    const answer = await stranger.context.request.get('/devices.csv', { maxRedirects: 0 });
    assert.equal(answer.status(), 303);
    await stranger.context.close();
  });
});
