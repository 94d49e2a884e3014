// The snippet that the console displays when a device is enrolled: it runs as it is, beside the displayed authority.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { PASSWORD, hub, test } from './hub.mjs';

const PATIENCE_MS = 60_000;
const run = promisify(execFile);
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", '#x2F': '/' };

/** The text that stands on a page under this name. */
const displayed = (page, label) => {
  const found = page.match(new RegExp(`<pre[^>]*aria-label="${label}"[^>]*>([^]*?)</pre>`));
  assert.ok(found, `${label} is not on the page`);
  return found[1].replace(/<!.*?>/g, '').replace(/&([#\w]+);/g, (whole, name) => entities[name] ?? whole);
};

/** The page that answers the form, as a browser without scripts sends it. */
const enrolled = async (console, fields) => {
  const post = (path, members, headers) =>
    fetch(`${console}${path}`, { method: 'POST', body: new URLSearchParams(members), headers, redirect: 'manual' });
  const signedIn = await post('/session', { name: 'admin', password: PASSWORD });
  const cookie = signedIn.headers.get('set-cookie').split(';')[0];
  const answer = await post('/provision', { keys: 'made', ...fields }, { cookie });
  const page = await answer.text();
  assert.equal(answer.status, 200, page);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  return page;
};

describe('the displayed snippet', () => {
  test('connects, reads what is asked and reports', async (t) => {
    if (!hub.server) return t.skip('the console of another hub is not known');
    const deviceId = `node-${randomUUID()}`;
    t.after(() => hub.registry.delete(deviceId).catch(() => {}));
    const page = await enrolled(hub.server.console, { 'device-id': deviceId, desired: 'metering.interval_s = 900' });
    const folder = mkdtempSync(join(tmpdir(), 'tandem-snippet-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(fileURLToPath(new URL('node_modules', import.meta.url)), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'ca.pem'), displayed(page, 'Certificate of the authority'));
    writeFileSync(join(folder, 'device.mjs'), displayed(page, 'Start with Node'));
    const { stdout } = await run(process.execPath, ['--no-deprecation', 'device.mjs'], { cwd: folder, timeout: PATIENCE_MS });
    assert.match(stdout, /interval_s: 900/);
    const { reported } = (await hub.twin(deviceId)).properties;
    assert.deepEqual(reported.firmware, { version: '1.0.0' });
  });
});
