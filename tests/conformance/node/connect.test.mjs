// Connecting and sending: with the right key, and with everything that can be wrong about it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe } from 'node:test';

import common from 'azure-iot-common';
import device from 'azure-iot-device';

import { HOST, hub, newKey, sas, test } from './hub.mjs';

const refused = { name: 'UnauthorizedError' };

describe('connecting', () => {
  test('both keys open the door', async (t) => {
    const identity = await hub.newDevice(t);
    const { primaryKey, secondaryKey } = identity.authentication.symmetricKey;
    for (const key of [primaryKey, secondaryKey]) {
      const client = await hub.client(t, identity, key);
      await client.open();
      assert.equal((await hub.twin(identity.deviceId)).connectionState, 'Connected');
      await client.close();
    }
  });

  test('a bad key is refused', async (t) => {
    const client = await hub.client(t, await hub.newDevice(t), newKey());
    await assert.rejects(client.open(), refused);
  });

  test('an unknown device is refused', async (t) => {
    const identity = await hub.newDevice(t);
    await hub.registry.delete(identity.deviceId);
    await assert.rejects((await hub.client(t, identity)).open(), refused);
  });

  test('a disabled device is refused until it is enabled', async (t) => {
    const identity = await hub.newDevice(t, { status: 'disabled' });
    await assert.rejects((await hub.client(t, identity)).open(), refused);
    await hub.registry.update({ deviceId: identity.deviceId, status: 'enabled' });
    await hub.connected(t, identity);
  });

  test('a token is good until it expires, for its own device', async (t) => {
    const identity = await hub.newDevice(t);
    const resource = `${HOST}/devices/${identity.deviceId}`;
    const key = identity.authentication.symmetricKey.primaryKey;
    const good = await hub.clientWithToken(t, sas(resource, key));
    await good.open();
    await good.close();
    await assert.rejects((await hub.clientWithToken(t, sas(resource, key, { expiresInS: -3600 }))).open(), refused);
    await assert.rejects((await hub.clientWithToken(t, sas(`${resource}x`, key))).open(), refused);
  });

  test('a second connection takes over from the first', async (t) => {
    const identity = await hub.newDevice(t);
    const first = await hub.client(t, identity);
    first.setRetryPolicy(new common.NoRetry());
    await first.open();
    const lost = once(first, 'disconnect');
    await hub.connected(t, identity);
    await lost;
    assert.equal((await hub.twin(identity.deviceId)).connectionState, 'Connected');
  });

  test('disabling a device ends its connection', async (t) => {
    const identity = await hub.newDevice(t);
    const client = await hub.client(t, identity);
    client.setRetryPolicy(new common.NoRetry());
    await client.open();
    const lost = once(client, 'disconnect');
    await hub.registry.update({ deviceId: identity.deviceId, status: 'disabled' });
    await lost;
  });
});

describe('telemetry', () => {
  test('messages are acknowledged', async (t) => {
    const client = await hub.connected(t, await hub.newDevice(t));
    for (const body of ['text', '{"temperature":21.5}', '', 'x'.repeat(200_000)]) {
      await client.sendEvent(new device.Message(body));
    }
  });

  test('properties of all kinds are taken', async (t) => {
    const client = await hub.connected(t, await hub.newDevice(t));
    const message = new device.Message('{"v":1}');
    Object.assign(message, { messageId: 'm/1', correlationId: 'c 1&2=3', contentType: 'application/json', contentEncoding: 'utf-8' });
    message.properties.add('plain', 'value');
    message.properties.add('a/b c', 'ü+%/&=');
    message.properties.add('empty', '');
    await client.sendEvent(message);
  });

  test('many messages at once are all acknowledged', async (t) => {
    const client = await hub.connected(t, await hub.newDevice(t));
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.sendEvent(new device.Message(`message ${n}`))));
  });
});
