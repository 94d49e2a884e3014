// What holds of every page: assistive technology finds nothing wrong in light and dark, nothing is wider than a phone
// or a page at 400 %, nothing moves by itself, the keyboard reaches what it shows, it prints, and it reads without
// WebAssembly. Method: a demonstration fleet that reports all the time, and one visit for each page and promise.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { places } from './places.mjs';
import { Tandem } from './tandem.mjs';

// How long a page is watched while figures come in.
const WATCHED_MS = 4_000;
// Cumulative Layout Shift of what nobody caused: below this the eye sees nothing move (a hundredth of "good").
const SHIFT_MAX = 0.001;

let tandem, device;

before(async () => {
  tandem = await Tandem.start({ demo: 200 });
  const ada = await tandem.person('admin', { path: '/devices' });
  await ada.isLive();
  device = await ada.page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().innerText();
  await ada.leaves();
});
after(() => tandem?.stop());

const addresses = () => places.map(([name, path]) => [name, path(device.trim())]);

test('every place of the navigation is listed', async () => {
  const ada = await tandem.person('admin');
  const links = await ada.page.getByRole('navigation').getByRole('link').evaluateAll(all => all.map(a => new URL(a.href).pathname));
  const listed = new Set(addresses().map(([, path]) => path.split('?')[0]));
  assert.ok(links.length > 5);
  assert.deepEqual([...new Set(links)].filter(link => !listed.has(link)), []);
  await ada.leaves();
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing on any page, ${theme}`, async () => {
    const ada = await tandem.person('admin', { theme });
    for (const [, path] of addresses()) {
      await ada.opens(path);
      await ada.passesAxe();
    }
    await ada.leaves();
  });
}

for (const [what, width] of [['a phone', 390], ['400 % of a desk', 320]]) {
  test(`no page is wider than ${what}`, async () => {
    const ada = await tandem.person('admin', { viewport: { width, height: 844 } });
    const wide = [];
    for (const [name, path] of addresses()) {
      await ada.opens(path);
      const found = await ada.page.evaluate(() => document.documentElement.scrollWidth);
      if (found > width) wide.push(`${name}: ${found} px`);
    }
    assert.deepEqual(wide, []);
    await ada.leaves();
  });
}

test('nothing moves by itself while figures come in', async () => {
  const ada = await tandem.person('admin');
  const moved = [];
  for (const [name, path] of addresses()) {
    await ada.opens(path);
    const shifts = await ada.page.evaluate(watched => new Promise(done => {
      const seen = [];
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
          if (!entry.hadRecentInput) seen.push({ value: entry.value, what: entry.sources.map(s => s.node?.outerHTML?.slice(0, 120) ?? s.node?.textContent) });
        }
      }).observe({ type: 'layout-shift' });
      setTimeout(() => done(seen), watched);
    }), WATCHED_MS);
    const sum = shifts.reduce((sum, shift) => sum + shift.value, 0);
    if (sum > SHIFT_MAX) moved.push(`${name}: ${sum.toFixed(4)} ${JSON.stringify(shifts.slice(0, 3))}`);
  }
  assert.deepEqual(moved, []);
  await ada.leaves();
});

test('the keyboard walks through every page, and what has the focus is in sight', async () => {
  const ada = await tandem.person('admin');
  const lost = [];
  for (const [name, path] of addresses()) {
    await ada.opens(path);
    await ada.presses('Tab');
    assert.match(await ada.page.evaluate(() => document.activeElement.textContent), /Skip to/, `${name}: the first stop skips the navigation`);
    await ada.presses('Enter');
    for (let stop = 0; stop < 40; stop++) {
      await ada.presses('Tab');
      const at = await ada.page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === document.body) return { over: true };
        const box = focused.getBoundingClientRect();
        const [x, y] = [box.x + Math.min(box.width, innerWidth) / 2, box.y + Math.min(box.height, 20) / 2];
        const hit = document.elementFromPoint(x, y);
        const inside = hit && (focused.contains(hit) || hit.contains(focused) || focused.labels?.[0]?.contains(hit));
        return { inside, what: focused.outerHTML.slice(0, 160), hit: hit?.outerHTML.slice(0, 100) };
      });
      if (at.over) break;
      if (!at.inside) lost.push(`${name}: ${at.what} under ${at.hit}`);
    }
  }
  assert.deepEqual(lost, []);
  await ada.leaves();
});

test('every page prints: light, its heading on it, and nothing of the frame', async () => {
  const ada = await tandem.person('admin', { theme: 'dark' });
  for (const [name, path] of addresses()) {
    await ada.opens(path);
    await ada.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const seen = await ada.page.evaluate(() => {
      const isSeen = element => element && element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
      const canvas = document.createElement('canvas').getContext('2d');
      canvas.fillStyle = getComputedStyle(document.body).color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
      return {
        heading: isSeen(document.querySelector('h1')),
        frame: [...document.querySelectorAll('nav, header[role=banner], dialog[open]')].some(isSeen),
        ink: (r + g + b) / 3,
      };
    });
    assert.ok(seen.heading, `${name} has its heading`);
    assert.ok(!seen.frame, `${name} prints no frame`);
    assert.ok(seen.ink < 90, `${name} prints dark ink on paper`);
    assert.ok((await ada.page.pdf({ format: 'A4' })).length > 5_000, `${name} makes a document`);
    await ada.page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
  }
  await ada.leaves();
});

test('what an address says is never markup', async () => {
  const ada = await tandem.person('admin');
  const said = `</textarea></title></script>'"><b id=injected>`;
  const it = encodeURIComponent(said);
  for (const path of [`/devices?q=${it}`, `/devices?q=${it}&sort=${it}&cols=${it}`, `/devices/${it}`, `/devices/${encodeURIComponent(device.trim())}?q=${it}&view=${it}&path=${it}`,
    `/jobs?before=${it}`, `/jobs/new?q=${it}`, `/jobs/1?show=${it}`, `/retire?device=${it}`, `/retire?id=${it}&text=${it}&by=${it}&q=${it}`, `/retire/${it}`,
    `/reports/fleet/${it}`, `/settings?person=${it}`, `/plan?path=${it}&q=${it}`, `/provision?name=${it}`, `/${it}`]) {
    const answer = await ada.context.request.get(path);
    assert.ok(!(await answer.text()).includes('<b id=injected>'), path);
  }
  const stranger = await tandem.person(null);
  assert.ok(!(await (await stranger.context.request.get(`/sign-in?next=${it}&name=${it}`)).text()).includes('<b id=injected>'));
  await stranger.leaves();
  await ada.opens(`/devices?q=${it}`);
  assert.equal(await ada.page.getByRole('combobox', { name: 'Fleet query' }).inputValue(), said);
  await ada.leaves();
});

test('every page reads without WebAssembly', async () => {
  const ada = await tandem.person('admin');
  const cookies = await ada.context.cookies();
  const reader = await tandem.person(null, { javaScriptEnabled: false });
  await reader.context.addCookies(cookies);
  for (const [name, path] of addresses()) {
    await reader.page.goto(path);
    assert.ok((await reader.page.getByRole('heading', { level: 1 }).innerText()).length > 2, `${name} has a heading`);
    const words = await reader.page.getByRole('main').innerText();
    assert.ok(words.length > 120, `${name} says something: ${words}`);
  }
  await reader.context.close();
  await ada.leaves();
});
