// The overview: what needs a person, figures that equal the queries they open, the field of squares, and what is shown
// while the connection is lost. Goal: a person can trust every number and act on it. Method: a demonstration fleet,
// and devices of which it is known what is wrong with them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tandem } from './tandem.mjs';

let tandem, quiet;
// Registered long ago and never heard of since: silent, and drifting from what was asked of them.
const old = number => ({
  id: `old-${String(number).padStart(2, '0')}`, importMode: 'create', status: 'enabled',
  tags: { region: 'Nord', class: 'AM-4' }, properties: { desired: { mode: 'on' } },
});
before(async () => {
  tandem = await Tandem.start({ demo: 30 });
  quiet = await Tandem.start({ devices: Array.from({ length: 6 }, (_, number) => old(number)) });
});
after(async () => { await Promise.all([tandem?.stop(), quiet?.stop()]); });

const digits = text => Number(text.replaceAll(/[^\d]/g, ''));

test('every figure opens the query that it counts', async () => {
  const ada = await tandem.person('operator');
  await ada.isLive();
  const { page } = ada;
  // Figures move: they are read while changes are held back, and compared with the count of the same moment or later.
  const links = await page.getByRole('main').getByRole('link').evaluateAll(all => all
    .map(link => ({ href: link.getAttribute('href'), text: link.innerText }))
    .filter(link => link.href.startsWith('/devices?q=')));
  const seen = new Set(links.map(link => link.href));
  assert.ok(seen.size >= 8, `${seen.size} queries behind figures`);
  const counted = await tandem.person('operator', { path: '/devices' });
  for (const href of seen) {
    await counted.opens(href);
    await counted.page.getByText(/^\s*[\d,]+ in [\d.,]+/).first().waitFor();
    assert.equal(await counted.page.getByRole('alert').count(), 0, `${href} can be read`);
  }
  await counted.leaves();
  await ada.leaves();
});

test('figures that stand still are equal to their queries', async () => {
  const ada = await quiet.person('admin');
  await ada.isLive();
  const { page } = ada;
  const figure = name => page.getByRole('region', { name: 'Figures' }).getByRole('link', { name });
  const expected = [
    [figure(/^Drifting/), 6, 'IS_DRIFTING()'],
    [figure(/^and 0 refusing/), 0, 'drift.refused > 0'],
    [figure(/^Connected/), 0, "connectionState = 'Connected'"],
    [figure(/^6 not/), 6, "connectionState != 'Connected'"],
    [figure(/^Converged/), 0, 'NOT IS_DRIFTING()'],
  ];
  for (const [link, count, query] of expected) {
    const url = new URL(await link.getAttribute('href'), quiet.base);
    assert.equal(url.searchParams.get('q'), query);
    const other = await quiet.person('admin', { path: url.pathname + url.search });
    await other.page.getByText(new RegExp(`^\\s*${count} in `)).first().waitFor();
    await other.leaves();
  }
  await ada.leaves();
});

test('what needs a person is taken by keyboard, seen by a colleague, and leads to its devices', async () => {
  const [ada, ben] = [await tandem.person('operator'), await tandem.person('admin')];
  await Promise.all([ada.isLive(), ben.isLive()]);
  const list = person => person.page.getByRole('region', { name: 'Needs a person' });
  // The demonstration fleet has devices that refuse; they are found as soon as they have said so.
  const refusing = person => list(person).getByRole('listitem').filter({ hasText: /refuses? what was asked/ });
  const shows = async person => {
    const arrives = list(person).getByRole('button', { name: /new, .*show|new, show/ });
    await refusing(person).or(arrives).first().waitFor({ timeout: 90_000 });
    if (await refusing(person).count() === 0) await arrives.click();
    await refusing(person).waitFor();
  };
  await shows(ada);
  await shows(ben);
  await ada.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Monitor.*need a person/s }).waitFor();
  await ada.presses('n');
  await refusing(ada).getByRole('button', { name: 'Give back' }).waitFor();
  await refusing(ben).getByText(/Taken by operator, \d\d:\d\d/).waitFor();
  assert.equal(await refusing(ben).getByRole('button', { name: 'Take it' }).count(), 0, 'nobody takes what is taken');
  await refusing(ada).getByRole('button', { name: 'Give back' }).click();
  await refusing(ada).getByRole('button', { name: 'Take it' }).waitFor();
  const sentence = await refusing(ada).getByRole('heading').innerText();
  await refusing(ada).getByRole('link', { name: 'Open' }).click();
  await ada.page.waitForURL(/q=drift\.refused/);
  await ada.page.getByText(new RegExp(`^\\s*${digits(sentence)} in `)).first().waitFor();
  await Promise.all([ada.leaves(), ben.leaves()]);
});

test('a supervisor sees what needs a person and why it is not theirs to take', async () => {
  const sam = await tandem.person('supervisor');
  await sam.isLive();
  const take = sam.page.getByRole('button', { name: /^Take the next/ });
  await take.waitFor();
  assert.equal(await take.getAttribute('aria-disabled'), 'true');
  assert.match(await take.getAttribute('aria-description'), /role/);
  await sam.leaves();
});

test('squares are colored by firmware and walked by keyboard', async () => {
  const ada = await tandem.person('operator');
  const { page } = ada;
  await ada.isLive();
  await page.getByRole('button', { name: 'Firmware', exact: true }).click();
  await page.getByText('the usual firmware of its class').waitFor();
  await page.getByText('needs a person', { exact: true }).waitFor();
  const grid = page.getByRole('grid').first();
  await grid.focus();
  await ada.presses('End', 'Home', 'Enter');
  await page.waitForURL(/\/devices\/./);
  await ada.leaves();
});

test('an empty hub says how to begin', async () => {
  const empty = await Tandem.start();
  try {
    const ada = await empty.person('admin');
    await ada.page.getByRole('heading', { name: 'No devices yet' }).waitFor();
    await ada.page.getByText('tandem serve --demo 200').waitFor();
    await ada.page.getByRole('link', { name: 'Enroll a device' }).click();
    await ada.page.waitForURL(/\/provision$/);
    await ada.leaves();
  } finally {
    await empty.stop();
  }
});

test('a lost connection is said, figures carry their time, and all comes back by itself', async () => {
  const ada = await quiet.person('admin');
  const { page } = ada;
  await ada.isLive();
  ada.expects(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load|net::/);
  await quiet.kill();
  await page.getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
  await page.getByText(/^as of \d\d:\d\d UTC$/).waitFor();
  await quiet.boot();
  await ada.isLive();
  await page.getByText(/^as of/).waitFor({ state: 'detached' }).catch(async () => {
    assert.equal(await page.getByText(/^as of/).count(), 0);
  });
  await ada.leaves();
});

for (const path of ['/', '/devices']) {
  test(`live updates shift nothing on ${path}`, async () => {
    const ada = await tandem.person('operator', { path });
    await ada.isLive();
    const shifts = await ada.page.evaluate(() => new Promise(done => {
      const seen = [];
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
          if (!entry.hadRecentInput) seen.push({ value: entry.value, boxes: entry.sources.map(source => source.node).filter(node => node?.nodeType === Node.ELEMENT_NODE).map(node => node.outerHTML.slice(0, 120)) });
        }
      }).observe({ type: 'layout-shift' });
      // Twenty changes of the document that come by themselves.
      let changes = 0;
      new MutationObserver((_, observer) => {
        changes += 1;
        if (changes >= 20) { observer.disconnect(); requestAnimationFrame(() => requestAnimationFrame(() => done(seen))); }
      }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
    }));
    // A number that gains a digit may widen its own text; no box moves, and the sum is nothing to three places.
    assert.deepEqual(shifts.flatMap(shift => shift.boxes), []);
    const sum = shifts.reduce((sum, shift) => sum + shift.value, 0);
    assert.equal(sum.toFixed(3), '0.000');
    await ada.leaves();
  });
}

for (const theme of ['light', 'dark']) {
  test(`the overview is accessible in the ${theme} theme, on a phone and at 400 %`, async () => {
    for (const width of [1440, 390, 320]) {
      const ada = await tandem.person('operator', { theme, viewport: { width, height: 900 } });
      await ada.isLive().catch(() => {});
      await ada.passesAxe();
      const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px at ${width} px`);
      await ada.leaves();
    }
  });
}
