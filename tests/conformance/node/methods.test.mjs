// Direct methods: payloads of every JSON kind, the device's own statuses, and devices that do not answer.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { hub, report, test } from './hub.mjs';

/** A connected device whose method `name` answers with `answer(request)`: a status and a payload. */
async function answering(t, identity, name, answer) {
  const client = await hub.connected(t, identity);
  const requests = [];
  client.onDeviceMethod(name, (request, response) => {
    requests.push(request.payload);
    const [status, payload] = answer(request);
    response.send(status, payload, () => {});
  });
  // The subscription has no answer of its own, but what follows it on the connection has.
  await report(await client.getTwin(), { listening: true });
  return requests;
}

describe('direct methods', () => {
  test('payloads travel both ways unchanged', async (t) => {
    const identity = await hub.newDevice(t);
    const requests = await answering(t, identity, 'echo', (request) => [200, request.payload]);
    for (const payload of [null, '', 'text', 'ü/+', {}, { k: 'v', n: { m: [1] } }, [], [1, 'two', null], 0, 42, -1.5, true, false]) {
      assert.deepEqual(await hub.invoke(identity.deviceId, 'echo', payload), { status: 200, payload });
      assert.deepEqual(requests.at(-1), payload);
    }
  });

  test("the device's status is passed on", async (t) => {
    const identity = await hub.newDevice(t);
    await answering(t, identity, 'status', ({ payload }) => [payload, { said: payload }]);
    for (const status of [200, 299, 404]) {
      assert.deepEqual(await hub.invoke(identity.deviceId, 'status', status), { status, payload: { said: status } });
    }
  });

  test('an answer without a payload is null', async (t) => {
    const identity = await hub.newDevice(t);
    await answering(t, identity, 'quiet', () => [200, undefined]);
    assert.deepEqual(await hub.invoke(identity.deviceId, 'quiet', 1), { status: 200, payload: null });
  });

  test('calls to one device run side by side', async (t) => {
    const identity = await hub.newDevice(t);
    await answering(t, identity, 'echo', (request) => [200, request.payload]);
    const numbers = Array.from({ length: 8 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => hub.invoke(identity.deviceId, 'echo', n)));
    assert.deepEqual(answers.map((answer) => answer.payload), numbers);
  });

  test('a device that is not there is an error', async (t) => {
    const identity = await hub.newDevice(t);
    const failure = async () => {
      try {
        return await hub.invoke(identity.deviceId, 'echo', null);
      } catch (error) {
        return { status: error.response?.statusCode, body: error.responseBody ?? '' };
      }
    };
    const offline = await failure();
    assert.equal(offline.status, 404);
    assert.match(offline.body, /DeviceNotOnline/);
    await hub.registry.delete(identity.deviceId);
    await assert.rejects(hub.invoke(identity.deviceId, 'echo', null), { name: 'DeviceNotFoundError' });
  });

  test('a call can wait for the device to connect', async (t) => {
    const identity = await hub.newDevice(t);
    const waiting = hub.invoke(identity.deviceId, 'echo', 'hello', { connectTimeoutInSeconds: 30 });
    await answering(t, identity, 'echo', (request) => [200, request.payload]);
    assert.deepEqual(await waiting, { status: 200, payload: 'hello' });
  });

  test('a device that does not answer runs into the time limit', async (t) => {
    const identity = await hub.newDevice(t);
    const client = await hub.connected(t, identity);
    client.onDeviceMethod('mute', () => {});
    await report(await client.getTwin(), { listening: true });
    const call = hub.invoke(identity.deviceId, 'mute', null, { responseTimeoutInSeconds: 5 });
    await assert.rejects(call, { name: 'GatewayTimeoutError' });
  });
});
