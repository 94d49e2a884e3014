// The hub under test, started and stopped by the tests themselves; one for each file of tests.
//
// The SDKs know only the ports 443 and 8883, so the server's HTTPS listener is put on 443 and a small relay on 8883 leads
// to its MQTT listener. The relay exists so that a test can cut every device's connection as a network does. When those
// ports cannot be had, every test says so and is skipped.
//
// Environment: as in ../python/hub.py.

import { spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test as nodeTest } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

import device from 'azure-iot-device';
import deviceMqtt from 'azure-iot-device-mqtt';
import service from 'azure-iothub';

const HTTPS_PORT = 443;
const MQTTS_PORT = 8883;
const PATIENCE_MS = 30_000;
export const PASSWORD = 'correct horse battery';

const inWorkTree = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const HOST = process.env.TANDEM_HUB_HOST ?? 'localhost';
export const newKey = () => randomBytes(32).toString('base64');

/** Leads connections on the SDKs' MQTT port to wherever the server listens. */
class Relay {
  upstreamPort;
  #open = new Set();
  #listener = net.createServer((client) => {
    const server = net.connect(this.upstreamPort, '127.0.0.1');
    for (const [source, sink] of [[client, server], [server, client]]) {
      this.#open.add(source);
      source.on('error', () => {});
      source.on('close', () => {
        this.#open.delete(source);
        sink.destroy();
      });
      source.pipe(sink);
    }
  });

  async open() {
    this.#listener.listen(MQTTS_PORT, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  /** Ends every connection without a word. */
  cut() {
    for (const end of this.#open) end.destroy();
  }

  close() {
    this.#listener.close();
    this.cut();
  }
}

/** A `tandem serve` of our own over a temporary data directory. */
class Server {
  #binary;
  #process;
  #relay = new Relay();
  #dataDir = mkdtempSync(join(tmpdir(), 'tandem-conformance-'));

  constructor(binary) {
    this.#binary = binary;
  }

  get caFile() {
    return join(this.#dataDir, 'ca.pem');
  }

  connectionString() {
    const done = spawnSync(this.#binary, ['connection-string', '--policy', 'iothubowner'], { env: this.#environment() });
    return done.stdout.toString().trim();
  }

  async open() {
    await this.start();
    await this.#relay.open();
  }

  /** Starts the server; resolves when it is ready. */
  async start() {
    const addresses = ['--console-addr', '127.0.0.1:0', '--hub-https-addr', `127.0.0.1:${HTTPS_PORT}`, '--hub-mqtts-addr', '127.0.0.1:0'];
    this.#process = spawn(this.#binary, ['serve', ...addresses], { env: this.#environment(), stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      this.#process.once('exit', (code) => reject(new Error(`the server ended before it was ready: ${code}`)));
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        const [word, value] = line.trim().split(/\s+/, 2);
        if (word === 'console') this.console = value;
        if (word === 'hub-mqtts') this.#relay.upstreamPort = Number(value.replace(/\/$/, '').split(':').at(-1));
        if (word === 'ready') resolve();
      });
    });
  }

  /** Ends the server as a power cut would. */
  async kill() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
  }

  /** Asks the server to stop; resolves with its exit status. */
  async stop() {
    this.#process.kill('SIGTERM');
    const [code] = await once(this.#process, 'exit');
    return code;
  }

  /** Ends every device's connection without a word. */
  cut() {
    this.#relay.cut();
  }

  async close() {
    this.#relay.close();
    await this.kill();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #environment() {
    const { TANDEM_CONNECTION_STRING: _, ...environment } = process.env;
    return {
      TANDEM_LOG: 'warn',
      TANDEM_SITE: inWorkTree('target/site-dev'),
      ...environment,
      TANDEM_DATA_DIR: this.#dataDir,
      TANDEM_HOST_NAME: HOST,
      TANDEM_ADMIN_PASSWORD: PASSWORD,
    };
  }
}

/** The hub that all tests of a file share. */
class Hub {
  constructor(server, caFile, connectionString) {
    this.server = server;
    this.ca = readFileSync(caFile, 'utf8');
    this.connectionString = connectionString;
    trust(this.ca);
    this.registry = service.Registry.fromConnectionString(connectionString);
    this.service = service.Client.fromConnectionString(connectionString);
  }

  /** Registers a device; it is deleted when the test ends. */
  async newDevice(t, more = {}) {
    const deviceId = `node-${randomUUID()}`;
    t.after(() => this.registry.delete(deviceId).catch(() => {}));
    const { responseBody } = await this.registry.create({ deviceId, ...more });
    return responseBody;
  }

  /** A device client that is not connected yet; closed when the test ends. */
  async client(t, identity, key = identity.authentication.symmetricKey.primaryKey) {
    const text = `HostName=${HOST};DeviceId=${identity.deviceId};SharedAccessKey=${key}`;
    return this.prepare(t, device.Client.fromConnectionString(text, deviceMqtt.Mqtt));
  }

  /** The same with a token made elsewhere. */
  async clientWithToken(t, token) {
    return this.prepare(t, device.Client.fromSharedAccessSignature(token, deviceMqtt.Mqtt));
  }

  async prepare(t, client) {
    await client.setOptions({ ca: this.ca });
    t.after(() => client.close().catch(() => {}));
    return client;
  }

  /** A device client that is connected. */
  async connected(t, identity) {
    const client = await this.client(t, identity);
    await client.open();
    return client;
  }

  /** The device's twin with a queue of the desired patches from now on. */
  async listening(client) {
    const twin = await client.getTwin();
    const patches = new Queue();
    twin.on('properties.desired', (patch) => patches.put(patch));
    // The subscription has no answer of its own, but what follows it on the connection has.
    await report(twin, { listening: true });
    patches.clear();
    return { twin, patches };
  }

  async invoke(deviceId, methodName, payload, more = {}) {
    const { result } = await this.service.invokeDeviceMethod(deviceId, { methodName, payload, ...more });
    return result;
  }

  async twin(deviceId) {
    return (await this.registry.getTwin(deviceId)).responseBody;
  }

  async desire(deviceId, desired) {
    return (await this.registry.updateTwin(deviceId, { properties: { desired } }, '*')).responseBody;
  }
}

/** Does what NODE_EXTRA_CA_CERTS does, for an authority that is made only after this process began. */
function trust(ca) {
  const createSecureContext = tls.createSecureContext;
  tls.createSecureContext = (options) => {
    const context = createSecureContext(options);
    context.context.addCACert(ca);
    return context;
  };
}

/** What arrived and was not taken yet. */
export class Queue {
  #arrived = [];
  #takers = [];

  put(value) {
    const taker = this.#takers.shift();
    taker ? taker(value) : this.#arrived.push(value);
  }

  clear() {
    this.#arrived.length = 0;
  }

  /** The next value; fails when none comes. */
  async take() {
    if (this.#arrived.length > 0) return this.#arrived.shift();
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('nothing arrived')), PATIENCE_MS)));
    try {
      return await Promise.race([new Promise((resolve) => this.#takers.push(resolve)), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Reports a patch; resolves with the hub's acknowledgment. */
export function report(twin, patch) {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve()));
  });
}

/** A token, made by hand so that it can also be wrong. */
export function sas(resource, key, { policy, expiresInS = 3600 } = {}) {
  const encoded = encodeURIComponent(resource);
  const expiry = Math.floor(Date.now() / 1000) + expiresInS;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${encoded}\n${expiry}`).digest('base64');
  const token = `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
  return policy ? `${token}&skn=${policy}` : token;
}

/** Why the ports of the SDKs cannot be had; `undefined` when they can. */
async function portTrouble() {
  for (const port of [HTTPS_PORT, MQTTS_PORT]) {
    const trial = net.createServer();
    const trouble = await new Promise((resolve) => {
      trial.once('error', (error) => resolve(`the SDKs need port ${port}, which cannot be had: ${error.message}`));
      trial.listen(port, '127.0.0.1', () => trial.close(() => resolve(undefined)));
    });
    if (trouble) return trouble;
  }
  return undefined;
}

async function start() {
  const { TANDEM_CONNECTION_STRING: given, TANDEM_CA_FILE: caFile } = process.env;
  if (given) return { hub: new Hub(undefined, caFile, given), skip: false };
  const binary = process.env.TANDEM_BIN ?? inWorkTree('target/debug/tandem');
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    return { skip: `there is no server to test: ${binary} is missing, set TANDEM_BIN` };
  }
  const trouble = await portTrouble();
  if (trouble) return { skip: trouble };
  const server = new Server(binary);
  await server.open();
  return { hub: new Hub(server, server.caFile, server.connectionString()), skip: false };
}

const { hub, skip } = await start();
export { hub };

/** A test that needs the hub, and skips when there is none. */
export function test(name, body) {
  nodeTest(name, { skip }, body);
}

/** A test that cuts or restarts the hub, and skips when it was not started here. */
export function testOfOwnServer(name, body) {
  const foreign = !skip && !hub.server && 'the hub was not started here, so it can be neither cut off nor restarted';
  nodeTest(name, { skip: skip || foreign }, body);
}

after(async () => {
  await hub?.server?.close();
  // The SDK goes on retrying for a client that was closed, for up to four minutes: nobody waits for that.
  setTimeout(() => process.exit(), 500).unref();
});
