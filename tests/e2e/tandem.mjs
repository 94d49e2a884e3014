// A Tandem of one's own for a test: the real binary on free ports with a database in a temporary directory,
// and people in real browsers. Goal: a journey reads as sentences. Method: by role and name, never by class;
// every console error, failed request of a page and hydration warning is a failure.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const password = 'correct horse battery';

const binary = process.env.TANDEM_BIN;
if (!binary) throw new Error('set TANDEM_BIN to the tandem binary, or run `cargo xtask test browser`');

export class Tandem {
  #child; #browser; #lines = []; #waiting = [];
  data = mkdtempSync(join(tmpdir(), 'tandem-journey-'));
  port = 0;

  // Starts the server; `demo` devices come with it, or `devices` are imported before. The port stays the same over restarts.
  static async start({ demo = 0, devices = [] } = {}) {
    const tandem = new Tandem();
    tandem.demo = demo;
    if (devices.length) tandem.imports(devices);
    await tandem.boot();
    return tandem;
  }

  // Registers devices (contract section 4.2, `ExportImportDevice`) while the server is not running.
  imports(devices) {
    const file = join(this.data, 'devices.jsonl');
    writeFileSync(file, devices.map(device => `${JSON.stringify(device)}\n`).join(''));
    execFileSync(binary, ['import', file], { env: { ...process.env, TANDEM_DATA_DIR: this.data, TANDEM_LOG: 'warn' } });
  }

  async boot() {
    const args = ['serve', '--console-addr', `127.0.0.1:${this.port}`, '--hub-https-addr', '127.0.0.1:0', '--hub-mqtts-addr', '127.0.0.1:0',
      '--data-dir', this.data, ...(this.demo ? ['--demo', `${this.demo}`] : [])];
    this.#lines = [];
    this.#child = spawn(binary, args, { env: { ...process.env, TANDEM_ADMIN_PASSWORD: password, TANDEM_LOG: process.env.TANDEM_LOG ?? 'warn' }, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.once('exit', () => { for (const w of this.#waiting.splice(0)) w.fail(new Error('the server ended')); });
    createInterface({ input: this.#child.stdout }).on('line', line => {
      this.#lines.push(line);
      this.#waiting = this.#waiting.filter(w => !(w.pattern.test(line) && (w.done(line.match(w.pattern)), true)));
    });
    const [, url] = await this.says(/^console\s+(\S+)/);
    this.base = url.replace(/\/$/, '');
    this.port = Number(new URL(url).port);
    await this.says(/^ready/);
  }

  // Waits for a line on the server's standard output.
  says(pattern) {
    const before = this.#lines.find(line => pattern.test(line));
    if (before) return Promise.resolve(before.match(pattern));
    return new Promise((done, fail) => this.#waiting.push({ pattern, done, fail }));
  }

  async kill(signal = 'SIGKILL') {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode) return;
    const gone = new Promise(done => this.#child.once('exit', done));
    this.#child.kill(signal);
    await gone;
  }

  async stop() {
    await this.#browser?.close();
    await this.kill('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }

  async browser() {
    this.#browser ??= await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    return this.#browser;
  }

  // A person at a browser of their own; signed in when a name is given.
  async person(name, { path = '/', theme = 'light', viewport = { width: 1440, height: 1000 }, javaScriptEnabled = true } = {}) {
    const browser = await this.browser();
    const context = await browser.newContext({ baseURL: this.base, viewport, colorScheme: theme, javaScriptEnabled, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const person = new Person(this, context, page);
    if (name) await person.signsIn(name, path);
    return person;
  }
}

export class Person {
  constructor(tandem, context, page) {
    Object.assign(this, { tandem, context, page, troubles: [], expected: [] });
    page.on('pageerror', error => this.troubles.push(`page error: ${error.message}`));
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) this.troubles.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
  }

  async opens(path) {
    await this.page.goto(path);
    await this.isReady();
  }

  async isReady() {
    try {
      await this.page.locator('html[data-hydrated]').waitFor({ state: 'attached', timeout: 20_000 });
    } catch (error) {
      throw new Error(`${this.page.url()} did not come alive: ${this.troubles.join('; ') || 'without a word'}`, { cause: error });
    }
  }

  async signsIn(name, path = '/') {
    await this.opens(`/sign-in?next=${encodeURIComponent(path)}`);
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.waitForURL(url => !url.pathname.startsWith('/sign-in'));
    await this.isReady();
  }

  async isLive() {
    await this.page.getByRole('status').filter({ hasText: /^\s*Live/ }).first().waitFor();
  }

  async presses(...keys) { for (const key of keys) await this.page.keyboard.press(key); }

  // Troubles of this kind are part of the journey (a server that was killed refuses connections).
  expects(pattern) { this.expected.push(pattern); }

  // Within a part: what the phone's bar covers by half is no small target, it is scrolled to.
  async passesAxe(within = 'html') {
    await this.page.evaluate(axe);
    const result = await this.page.evaluate(within => globalThis.axe.run(within, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }), within);
    assert.deepEqual(result.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`), [], `axe on ${this.page.url()}`);
  }

  async leaves() {
    await this.context.close();
    assert.deepEqual(this.troubles.filter(t => !this.expected.some(e => e.test(t))), []);
  }
}
