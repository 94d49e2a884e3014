// Journeys of an operator and a supervisor through the console, against the real server with a small fleet of real
// agents over MQTT and TLS. Goal: what people do works, live, with keyboard and without trouble in the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tandem, password } from './tandem.mjs';

let tandem;
before(async () => { tandem = await Tandem.start({ demo: 40 }); });
after(async () => { await tandem?.stop(); });

const rows = page => page.getByRole('table').getByRole('row');

test('a stranger is asked to sign in, and led where they wanted to go', async () => {
  const ada = await tandem.person(null);
  await ada.opens('/devices?q=IS_DRIFTING()');
  assert.match(ada.page.url(), /\/sign-in\?next=/);
  await ada.page.getByLabel('Name').fill('operator');
  await ada.page.getByLabel('Password').fill('not the password');
  await ada.page.getByRole('button', { name: 'Sign in' }).click();
  await ada.page.getByRole('alert').waitFor();
  await ada.page.getByLabel('Name').fill('operator');
  await ada.page.getByLabel('Password').fill('correct horse battery');
  await ada.page.getByRole('button', { name: 'Sign in' }).click();
  await ada.page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  assert.match(ada.page.url(), /\/devices\?q=IS_DRIFTING/);
  await ada.leaves();
});

test('the overview moves by itself', async () => {
  const ada = await tandem.person('operator');
  await ada.isLive();
  const main = ada.page.getByRole('main');
  const first = await main.innerText();
  await ada.page.waitForFunction(before => document.querySelector('main').innerText !== before, first, { timeout: 30_000 });
  await ada.leaves();
});

test('an operator finds a device by a query with completion, and opens it by keyboard', async () => {
  const ada = await tandem.person('operator', { path: '/devices' });
  const query = ada.page.getByRole('combobox', { name: 'Fleet query' });
  await ada.presses('/');
  await query.pressSequentially('tags.cl');
  await ada.page.getByRole('option', { name: /tags\.class/ }).waitFor();
  await ada.presses('Tab');
  await query.pressSequentially(" = ");
  await ada.page.getByRole('option').first().click();
  await ada.presses('Enter');
  await ada.page.waitForURL(/q=tags\.class/);
  await ada.page.getByText(/\d+ in [\d.]+/).first().waitFor();
  // Rows may still come and go: the address says which one it was.
  await rows(ada.page).nth(1).getByRole('link').first().click();
  await ada.page.waitForURL(/\/devices\/[^?]+/);
  const id = decodeURIComponent(new URL(ada.page.url()).pathname.split('/').pop());
  await ada.page.getByRole('heading', { level: 1, name: new RegExp(id) }).waitFor();
  await ada.leaves();
});

test('a wrong query shows where it goes wrong and how to mend it', async () => {
  const ada = await tandem.person('operator', { path: `/devices?q=${encodeURIComponent("tags.region == 'Holstein'")}` });
  const problem = ada.page.getByText('There is no operator ==.');
  await problem.waitFor();
  assert.equal(await problem.count(), 1, 'a problem is said once');
  const place = ada.page.getByLabel('Where the condition goes wrong');
  assert.match(await place.innerText(), /\n {12}\^\^$/);
  await ada.page.getByRole('button', { name: "Use tags.region = 'Holstein'" }).click();
  await ada.page.getByRole('table').waitFor();
  assert.equal(await ada.page.getByRole('combobox', { name: 'Fleet query' }).inputValue(), "tags.region = 'Holstein'");
  assert.equal(await problem.count(), 0);
  await ada.leaves();
});

for (const width of [1440, 390]) {
  test(`suggestions stand under the word that is written, ${width} px wide`, async () => {
    const ada = await tandem.person('operator', { path: '/devices', viewport: { width, height: 900 } });
    const query = ada.page.getByRole('combobox', { name: 'Fleet query' });
    const list = ada.page.getByRole('listbox', { name: 'Suggestions' });
    await query.click();
    let before;
    for (const text of ['net', "status = 'enabled' AND net", `${"status = 'enabled' AND ".repeat(8)}net`]) {
      await query.fill(text.slice(0, -1));
      await query.pressSequentially(text.slice(-1));
      await ada.page.getByRole('option', { name: /network/ }).first().waitFor();
      const [bar, box] = [await query.boundingBox(), await list.boundingBox()];
      assert.ok(box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} is in sight`);
      // Under the last line, which the long text has further down.
      assert.ok(Math.abs(box.y - (bar.y + bar.height)) < 24, `${JSON.stringify(box)} is under ${JSON.stringify(bar)}`);
      if (width > 1000 && text.startsWith('status = \'enabled\' AND net')) assert.ok(box.x > before + 100, 'and further on the line');
      before = box.x;
    }
    await ada.leaves();
  });
}

test('desired state is changed with a reason, and turns solid when the agent answers', async () => {
  const ada = await tandem.person('operator', { path: `/devices?q=${encodeURIComponent("connectionState = 'Connected' AND NOT IS_DRIFTING() AND IS_DEFINED(properties.desired.telemetry.interval_s)")}` });
  await rows(ada.page).nth(1).getByRole('link').first().click();
  await ada.page.getByRole('button', { name: /Edit desired state/ }).click();
  const editor = ada.page.getByLabel('Desired state', { exact: true });
  const desired = JSON.parse(await editor.inputValue());
  desired.telemetry.interval_s += 7;
  await editor.fill('{ not json');
  await ada.page.getByRole('alert').filter({ hasText: 'not JSON yet' }).waitFor();
  await editor.fill(JSON.stringify(desired));
  await ada.page.getByRole('heading', { name: '1 change' }).waitFor();
  await ada.page.getByRole('button', { name: /Ask the device/ }).click();
  await ada.page.getByText('Say why, for whoever reads the history.').waitFor();
  await ada.page.getByLabel('Reason').fill('fewer messages at night');
  await ada.page.getByRole('button', { name: /Ask the device/ }).click();
  // Hollow at once, or already solid: the agent may be faster than the eye. Then solid, with the new value.
  await ada.page.getByRole('row', { name: new RegExp(`interval_s ${desired.telemetry.interval_s} Agrees`) }).waitFor({ timeout: 60_000 });
  await ada.page.getByText('fewer messages at night').first().waitFor();
  await ada.leaves();
});

test('a change that somebody else overtook keeps its text', async () => {
  const [ada, ben] = [await tandem.person('operator'), await tandem.person('admin')];
  await ada.opens(`/devices?q=${encodeURIComponent('IS_DEFINED(properties.desired.telemetry.interval_s)')}&sort=deviceId%20DESC`);
  const href = await rows(ada.page).nth(1).getByRole('link').first().getAttribute('href');
  const edits = async (person, by, reason) => {
    await person.opens(href);
    await person.page.getByRole('button', { name: /Edit desired state/ }).click();
    const editor = person.page.getByLabel('Desired state', { exact: true });
    const desired = JSON.parse(await editor.inputValue());
    desired.telemetry.interval_s += by;
    await editor.fill(JSON.stringify(desired));
    await person.page.getByLabel('Reason').fill(reason);
    return desired.telemetry.interval_s;
  };
  const wanted = await edits(ada, 11, 'mine');
  await edits(ben, 13, 'theirs');
  await ben.page.getByRole('button', { name: /Ask the device/ }).click();
  await ben.page.getByText('theirs').first().waitFor();
  await ada.page.getByText(/Somebody changed this twin since you began/).waitFor();
  ada.expects(/412/);
  await ada.page.getByRole('button', { name: /Ask the device/ }).click();
  await ada.page.getByRole('alert').filter({ hasText: /Somebody changed it/ }).waitFor();
  const editor = ada.page.getByLabel('Desired state', { exact: true });
  assert.equal(JSON.parse(await editor.inputValue()).telemetry.interval_s, wanted);
  await ada.page.getByRole('button', { name: 'Compare with what stands now' }).click();
  await ada.page.getByRole('button', { name: /Ask the device/ }).click();
  await ada.page.getByText('mine').first().waitFor();
  await ada.leaves();
  await ben.leaves();
});

test('a method runs on a connected device and its answer is shown', async () => {
  const ada = await tandem.person('operator', { path: `/devices?q=${encodeURIComponent("connectionState = 'Connected'")}` });
  await rows(ada.page).nth(1).getByRole('link').first().click();
  await ada.page.getByRole('button', { name: 'getDiagnostics' }).click();
  await ada.page.getByRole('button', { name: 'Run method' }).click();
  await ada.page.getByText(/The device answered 200 in/).waitFor();
  assert.ok((await ada.page.getByLabel('Answer').innerText()).length > 10);
  await ada.page.getByRole('listitem').filter({ hasText: 'Ran getDiagnostics' }).first().waitFor();
  await ada.leaves();
});

test('a supervisor sees all and changes nothing', async () => {
  const sam = await tandem.person('supervisor', { path: '/devices' });
  // Whoever may not act is told why, at the control.
  await sam.page.getByRole('checkbox', { name: /^Select (?!all)/ }).first().click();
  const toolbar = sam.page.getByRole('toolbar', { name: 'Selected devices' });
  for (const name of ['Change…', 'Run a method…', 'Retire…']) {
    const button = toolbar.getByRole('button', { name });
    assert.equal(await button.getAttribute('aria-disabled'), 'true', name);
    assert.match(await button.getAttribute('aria-description'), /supervisor/, name);
  }
  const file = await sam.context.request.get(await toolbar.getByRole('link', { name: 'Export CSV' }).getAttribute('href'));
  assert.equal((await file.text()).trimEnd().split('\r\n').length, 2);
  await rows(sam.page).nth(1).getByRole('link').first().click();
  const edit = sam.page.getByRole('button', { name: /Edit desired state/ });
  assert.equal(await edit.getAttribute('aria-disabled'), 'true');
  assert.match(await edit.getAttribute('aria-description'), /operator/);
  await edit.click({ force: true });
  assert.equal(await sam.page.getByRole('dialog').count(), 0);
  await sam.page.getByRole('region', { name: 'Methods' }).getByRole('button', { name: 'identify', exact: true }).click();
  assert.equal(await sam.page.getByRole('button', { name: 'Run method' }).getAttribute('aria-disabled'), 'true');
  const id = new URL(sam.page.url()).pathname.split('/').pop();
  const refused = await sam.page.evaluate(async id => {
    const body = new URLSearchParams({ id, patch: '{"x":1}', reason: 'no', etag: '*' });
    return (await fetch('/api/device/desired', { method: 'POST', body, headers: { accept: 'application/json' } })).status;
  }, id);
  assert.equal(refused, 403);
  sam.expects(/403/);
  await sam.leaves();
});

test('an administrator invites a person, ends their sessions and disables them', async () => {
  const ada = await tandem.person('admin', { path: '/settings' });
  const { page } = ada;
  const people = page.getByRole('table', { name: 'People who may sign in' });
  await page.getByRole('button', { name: 'Invite a person' }).click();
  const sheet = page.getByRole('dialog', { name: 'Invite a person' });
  await sheet.getByRole('button', { name: 'Invite', exact: true }).click();
  await sheet.getByRole('alert').filter({ hasText: 'Write the name' }).waitFor();
  await sheet.getByLabel('Name').fill('operator');
  await sheet.getByRole('button', { name: 'Invite', exact: true }).click();
  await sheet.getByRole('alert').filter({ hasText: 'already' }).waitFor();
  ada.expects(/412/);
  await sheet.getByLabel('Name').fill('jonas');
  await sheet.getByRole('button', { name: 'Supervisor' }).click();
  await ada.passesAxe();
  await sheet.getByRole('button', { name: 'Invite', exact: true }).click();
  await sheet.waitFor({ state: 'hidden' });
  const secret = await page.getByRole('status').filter({ hasText: 'The password of jonas' }).locator('code').innerText();
  const row = people.getByRole('row').filter({ hasText: 'jonas' });
  assert.match(await row.innerText(), /supervisor\s+May sign in\s+never/);
  await ada.passesAxe();

  const jonas = await tandem.person(null);
  await jonas.opens('/sign-in?next=/settings');
  await jonas.page.getByLabel('Name').fill('jonas');
  await jonas.page.getByLabel('Password').fill(secret);
  await jonas.page.getByRole('button', { name: 'Sign in' }).click();
  await jonas.page.getByRole('heading', { level: 1, name: 'Choose a password' }).waitFor();
  await jonas.isReady();
  await jonas.page.getByLabel('Current password').fill(secret);
  await jonas.page.getByLabel('New password', { exact: true }).fill('only jonas knows');
  await jonas.page.getByLabel('New password again').fill('only jonas knows');
  await jonas.page.getByRole('button', { name: 'Change password' }).click();
  await jonas.page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  await jonas.isReady();
  const invite = jonas.page.getByRole('button', { name: 'Invite a person' });
  assert.equal(await invite.getAttribute('aria-disabled'), 'true');
  assert.match(await invite.getAttribute('aria-description'), /Only an administrator/);
  assert.equal(await jonas.page.getByRole('status').filter({ hasText: 'The password of' }).count(), 0);

  await people.getByRole('link', { name: 'jonas' }).click();
  const sessions = page.getByRole('region', { name: 'Sessions' });
  await sessions.getByText('1 open').waitFor();
  await sessions.getByRole('button', { name: 'End all sessions' }).click();
  await page.getByRole('dialog', { name: 'End all sessions of jonas?' }).getByRole('button', { name: 'End all sessions' }).click();
  await sessions.getByText('Nobody is signed in').waitFor();
  await jonas.page.goto('/devices');
  await jonas.page.getByRole('button', { name: 'Sign in' }).waitFor();
  await jonas.context.close();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByRole('dialog', { name: 'Keep jonas from signing in?' }).getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Disabled').waitFor();
  await page.getByRole('button', { name: 'Make operator' }).click();
  await row.getByText('operator').waitFor();

  await people.getByRole('link', { name: 'admin', exact: true }).click();
  await page.getByRole('heading', { name: 'admin', exact: true }).waitFor();
  for (const name of ['Disable', 'Make supervisor']) {
    const button = page.getByRole('button', { name, exact: true });
    assert.match(await button.getAttribute('aria-description'), /only administrator/);
  }
  await ada.leaves();
});

test('a key of a policy is renewed and shown once', async () => {
  const ada = await tandem.person('admin', { path: '/settings/policies' });
  const { page } = ada;
  await page.getByRole('button', { name: 'Renew the secondary key of registryRead', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Renew the secondary key of registryRead?' });
  await ada.passesAxe();
  await dialog.getByRole('button', { name: 'Renew the key' }).click();
  const shown = page.getByRole('status').filter({ hasText: 'The secondary key of registryRead' });
  assert.match(await shown.locator('code').innerText(), /SharedAccessKeyName=registryRead;SharedAccessKey=\S{44}$/);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await shown.getByRole('button', { name: 'Copy the secret' }).click();
  await shown.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await shown.locator('code').innerText());
  await ada.passesAxe();
  await page.reload();
  await ada.isReady();
  assert.equal(await shown.count(), 0);
  await ada.leaves();
});

test('the system shows its inside, which moves', async () => {
  const sam = await tandem.person('supervisor', { path: '/settings/internals' });
  const { page } = sam;
  await sam.isLive();
  const queues = page.getByRole('region', { name: 'Queues' }).first();
  for (const name of ['store.writes', 'gateway.inlet', 'console.door']) await queues.getByRole('row').filter({ hasText: name }).waitFor();
  const written = page.getByText(/[\d,]+ writes? in [\d,]+ commits?/);
  const before = await written.innerText();
  await page.waitForFunction(before => !document.body.innerText.includes(before), before);
  assert.notEqual(await written.innerText(), before);
  await page.getByRole('link', { name: 'Limits and retention' }).click();
  await page.getByRole('row').filter({ hasText: 'Audit log' }).filter({ hasText: /366 days or 1,000,000 rows/ }).waitFor();
  await page.getByRole('row').filter({ hasText: 'TANDEM_HOST_NAME' }).filter({ hasText: 'localhost' }).waitFor();
  await sam.leaves();
});

test('the live connection is cut and comes back by itself', async () => {
  const ada = await tandem.person('operator');
  await ada.isLive();
  ada.expects(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/);
  await tandem.kill();
  await ada.page.getByRole('status').filter({ hasText: /Connection lost/ }).first().waitFor();
  await tandem.boot();
  await ada.isLive();
  await ada.leaves();
});

test('pages can be read without WebAssembly', async () => {
  const ada = await tandem.person(null, { javaScriptEnabled: false });
  await ada.page.goto('/devices');
  await ada.page.getByLabel('Name').fill('supervisor');
  await ada.page.getByLabel('Password').fill('correct horse battery');
  await ada.page.getByRole('button', { name: 'Sign in' }).click();
  await ada.page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  // Rows may still come and go: the address says which one it was.
  await rows(ada.page).nth(1).getByRole('link').first().click();
  await ada.page.waitForURL(/\/devices\/[^?]+/);
  const id = decodeURIComponent(new URL(ada.page.url()).pathname.split('/').pop());
  await ada.page.getByRole('heading', { level: 1, name: new RegExp(id) }).waitFor();
  assert.ok(await ada.page.getByRole('row', { name: /firmware|version/ }).count() > 0);
  await ada.context.close();
});

test('a long list is paged in both directions with a few rows in the document', async () => {
  const id = number => `device-${String(number).padStart(3, '0')}`;
  const devices = Array.from({ length: 450 }, (_, number) => ({ id: id(number), status: 'enabled', tags: { site: `site-${number % 3}` } }));
  const long = await Tandem.start({ devices });
  try {
    const ada = await long.person('admin', { path: '/devices' });
    const { page } = ada;
    const row = name => page.getByRole('row', { name: new RegExp(`^Select ${name} `) });
    const focused = () => page.evaluate(() => document.activeElement.closest('tr')?.getAttribute('aria-rowindex'));
    const isFocused = async number => {
      await page.waitForFunction(index => document.activeElement.closest('tr')?.getAttribute('aria-rowindex') === index, `${number + 2}`);
      assert.ok(await row(id(number)).isVisible());
    };
    const rowsInDocument = () => page.locator('tbody:not([aria-hidden]) tr').count();
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);

    await page.getByText('Rows 1–200 of 450').waitFor();
    assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '451');
    await page.waitForFunction(() => document.querySelectorAll('tbody:not([aria-hidden]) tr').length <= 70);
    const whole = await height();

    // Scrolled to the end and back the page is as high as before, and never has all of its rows.
    await row(id(0)).focus();
    for (const to of [0.25, 0.5, 1, 0.5]) {
      await page.evaluate(to => scrollTo(0, to * document.documentElement.scrollHeight), to);
      await page.waitForFunction(() => {
        const seen = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('tbody');
        return seen && !seen.hasAttribute('aria-hidden');
      });
      assert.ok(Math.abs(await height() - whole) < 3, `${await height()} instead of ${whole}`);
      assert.ok(await rowsInDocument() <= 80);
    }
    // Paper has them all: each is a link in the document that is printed.
    const paper = (await page.pdf({ format: 'A4' })).toString('latin1');
    for (const number of [0, 100, 199]) assert.ok(paper.includes(`/devices/${id(number)}`), `${id(number)} is printed`);
    // What had the focus has it, far away as it is, and the keys go on from there.
    assert.equal(await focused(), '2');
    await ada.presses('j');
    await isFocused(1);

    await ada.presses('End');
    await isFocused(449);
    await page.getByText('Rows 251–450 of 450').waitFor();
    assert.match(page.url(), /page=last/);
    await ada.presses('Home');
    await isFocused(0);
    await page.getByText('Rows 1–200 of 450').waitFor();

    // Over the edge of a page by keys, forth and back.
    for (let number = 0; number < 199; number += 1) await ada.presses('j');
    await isFocused(199);
    await ada.presses('j');
    await isFocused(200);
    await page.getByText('Rows 201–400 of 450').waitFor();
    await ada.presses('k');
    await isFocused(199);

    // By the buttons, in an order with ties and with another one turned round; the page is in the address.
    await page.getByRole('link', { name: 'Site' }).click();
    await page.getByRole('columnheader', { name: 'Site' }).and(page.locator('[aria-sort="ascending"]')).waitFor();
    const names = async () => (await page.getByRole('row').locator('td:first-child').allInnerTexts()).slice(0, 30);
    const first = await names();
    assert.deepEqual(first.slice(0, 2), [id(0), id(3)]);
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByText('Rows 201–400 of 450').waitFor();
    const second = await names();
    const address = page.url();
    assert.match(address, /sort=tags\.site&after=/);
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByText('Rows 401–450 of 450').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Later' }).getAttribute('aria-disabled'), 'true');
    await page.getByRole('link', { name: 'Earlier' }).click();
    await page.getByText('Rows 201–400 of 450').waitFor();
    assert.deepEqual(await names(), second);
    await page.getByRole('link', { name: 'Earlier' }).click();
    await page.getByText('Rows 1–200 of 450').waitFor();
    assert.deepEqual(await names(), first);
    await ada.opens(address);
    assert.deepEqual(await names(), second);
    await ada.passesAxe();
    await ada.leaves();

    // Without scripts the whole page is there.
    const reader = await long.person(null, { javaScriptEnabled: false });
    await reader.page.goto('/devices');
    await reader.page.getByLabel('Name').fill('admin');
    await reader.page.getByLabel('Password').fill(password);
    await reader.page.getByRole('button', { name: 'Sign in' }).click();
    assert.equal(await rows(reader.page).count(), 201);
    await reader.page.getByRole('link', { name: 'Later' }).click();
    await reader.page.getByText('Rows 201–400 of 450').waitFor();
    await reader.context.close();
  } finally {
    await long.stop();
  }
});

test('a property is declared from the inventory, said better and dropped', async () => {
  const ada = await tandem.person('operator', { path: '/plan' });
  const { page } = ada;
  const declared = page.getByRole('region', { name: 'Queryable properties' });
  const held = page.getByRole('region', { name: 'What devices hold' });
  const path = 'properties.desired.telemetry.interval_s';
  const row = declared.getByRole('row').filter({ hasText: path });
  assert.equal(await row.count(), 0);
  const holding = held.getByRole('row').filter({ hasText: path });
  assert.match(await holding.innerText(), /number/);

  await page.getByRole('button', { name: `Declare ${path}` }).click();
  const sheet = page.getByRole('dialog', { name: 'Declare a property' });
  assert.equal(await sheet.getByLabel('Path').inputValue(), path);
  assert.equal(await sheet.getByLabel('Type').inputValue(), 'number');
  await ada.passesAxe();
  await sheet.getByLabel('Path').fill('deviceId');
  await sheet.getByRole('button', { name: 'Declare', exact: true }).click();
  await sheet.getByRole('alert').filter({ hasText: 'begins with tags' }).waitFor();
  await sheet.getByLabel('Path').fill(path);
  await sheet.getByLabel('Unit').fill('s');
  await sheet.getByRole('button', { name: 'Declare', exact: true }).click();
  await row.getByText('Ready').waitFor();
  await holding.getByText('Declared').waitFor();

  // The figure is the number that its query finds.
  const figure = await row.getByRole('link').innerText();
  await row.getByRole('link').click();
  await page.getByText(new RegExp(`^\\s*${figure} in [\\d.]+`)).first().waitFor();
  await ada.opens('/plan');

  await page.getByRole('button', { name: `Change ${path}` }).click();
  await page.getByRole('dialog').getByLabel('Title').fill('Interval of telemetry');
  await page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click();
  await row.getByText('Interval of telemetry').waitFor();

  await page.getByRole('button', { name: `Drop ${path}` }).click();
  const dialog = page.getByRole('dialog', { name: `Drop ${path}?` });
  await dialog.getByText(/read \d+ documents again/).waitFor();
  await ada.passesAxe();
  await dialog.getByRole('button', { name: 'Drop the property' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `Declare ${path}` }).waitFor();
  await ada.leaves();

  // A supervisor sees the same and is told why nothing can be changed.
  const sam = await tandem.person('supervisor', { path: '/plan' });
  const refused = sam.page.getByRole('button', { name: `Declare ${path}` });
  assert.equal(await refused.getAttribute('aria-disabled'), 'true');
  assert.match(await refused.getAttribute('aria-description'), /supervisor/);
  await sam.leaves();

  // Without scripts the whole page is there.
  const reader = await tandem.person(null, { javaScriptEnabled: false });
  await reader.page.goto('/plan');
  await reader.page.getByLabel('Name').fill('supervisor');
  await reader.page.getByLabel('Password').fill(password);
  await reader.page.getByRole('button', { name: 'Sign in' }).click();
  await reader.page.getByRole('heading', { level: 1, name: 'Plan' }).waitFor();
  assert.ok(await reader.page.getByRole('region', { name: 'What devices hold' }).getByRole('row').count() > 5);
  await reader.context.close();
});

for (const theme of ['light', 'dark']) {
  test(`pages are accessible in the ${theme} theme`, async () => {
    const ada = await tandem.person('operator', { theme });
    for (const path of ['/', '/devices', '/devices?q=tags.region%20%3D%3D%201', '/devices?q=deviceId%20%3D%20%27none%27', '/plan', '/settings', '/settings/policies', '/settings/limits', '/settings/internals', '/settings/parts', '/nowhere']) {
      if (path === '/nowhere') ada.expects(/404/);
      await ada.opens(path);
      await ada.passesAxe();
    }
    await ada.opens('/devices');
    await rows(ada.page).nth(1).getByRole('link').first().click();
    await ada.page.getByRole('treegrid').waitFor();
    await ada.passesAxe();
    await ada.page.getByRole('button', { name: /Edit desired state/ }).click();
    await ada.page.getByRole('dialog').waitFor();
    await ada.passesAxe();
    await ada.leaves();
    const out = await tandem.person(null, { theme });
    await out.opens('/sign-in');
    await out.passesAxe();
    await out.leaves();
  });
}
