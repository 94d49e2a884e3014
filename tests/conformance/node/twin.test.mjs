// The twin from the device's side: get, report, be told what is desired.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { hub, report, test } from './hub.mjs';

/** A twin's values without what describes them. */
const values = ({ $version, $metadata, update, ...rest }) => rest;

describe('the twin of a device', () => {
  test('a new twin is empty at version one', async (t) => {
    const client = await hub.connected(t, await hub.newDevice(t));
    const { desired, reported } = (await client.getTwin()).properties;
    assert.deepEqual([desired, values(reported)], [{ $version: 1 }, {}]);
    assert.equal(reported.$version, 1);
  });

  test('reported patches merge and null removes', async (t) => {
    const { deviceId, ...identity } = await hub.newDevice(t);
    const client = await hub.connected(t, { deviceId, ...identity });
    const twin = await client.getTwin();
    await report(twin, { network: { type: 'lte', rssi: -90 }, firmware: '1.0' });
    await report(twin, { network: { rssi: -80 }, firmware: null });
    const { reported } = (await hub.twin(deviceId)).properties;
    assert.deepEqual(values(reported), { network: { type: 'lte', rssi: -80 } });
    assert.equal(reported.$version, 3);
    assert.ok(reported.$metadata.network.rssi.$lastUpdated);
  });

  test('a patch that is not allowed is refused and changes nothing', async (t) => {
    const identity = await hub.newDevice(t);
    const twin = await (await hub.connected(t, identity)).getTwin();
    for (const patch of [{ $version: 7 }, { 'a.b': 1 }, { a: { 'b c': 1 } }, { long: 'x'.repeat(40_000) }]) {
      await assert.rejects(report(twin, patch), Error, JSON.stringify(patch).slice(0, 40));
    }
    assert.equal((await hub.twin(identity.deviceId)).properties.reported.$version, 1);
  });

  test('a change of desired is announced, with null for what is gone', async (t) => {
    const identity = await hub.newDevice(t);
    const { patches } = await hub.listening(await hub.connected(t, identity));
    await hub.desire(identity.deviceId, { telemetry: { interval_s: 30 } });
    assert.deepEqual(await patches.take(), { telemetry: { interval_s: 30 }, $version: 2 });
    await hub.desire(identity.deviceId, { telemetry: { interval_s: null, level: 'warn' } });
    assert.deepEqual(await patches.take(), { telemetry: { interval_s: null, level: 'warn' }, $version: 3 });
  });

  test('asking for the same again is announced again', async (t) => {
    const identity = await hub.newDevice(t);
    const { patches } = await hub.listening(await hub.connected(t, identity));
    for (const $version of [2, 3]) {
      await hub.desire(identity.deviceId, { a: 1 });
      assert.deepEqual(await patches.take(), { a: 1, $version });
    }
  });

  test('clearing desired empties the copy of the device', async (t) => {
    const identity = await hub.newDevice(t);
    await hub.desire(identity.deviceId, { a: 1, b: { c: 2 } });
    const { twin, patches } = await hub.listening(await hub.connected(t, identity));
    assert.deepEqual(values(twin.properties.desired), { a: 1, b: { c: 2 } });
    await hub.desire(identity.deviceId, null);
    await patches.take();
    assert.deepEqual(values(twin.properties.desired), {});
  });

  test('a replacement makes the copy of the device equal', async (t) => {
    const identity = await hub.newDevice(t);
    await hub.desire(identity.deviceId, { old: 1, kept: { a: 1, b: 2 } });
    const { twin, patches } = await hub.listening(await hub.connected(t, identity));
    const service = await hub.twin(identity.deviceId);
    // The SDK has no method for a replacement, but its transport has.
    const path = `/twins/${encodeURIComponent(identity.deviceId)}?api-version=2021-04-12`;
    const body = { properties: { desired: { kept: { b: 2 }, new: 3 } } };
    await new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json; charset=utf-8', 'If-Match': `"${service.etag}"` };
      hub.registry._restApiClient.executeApiCall('PUT', path, headers, body, (error) => (error ? reject(error) : resolve()));
    });
    await patches.take();
    assert.deepEqual(values(twin.properties.desired), { kept: { b: 2 }, new: 3 });
  });

  test('what was missed while offline is in the twin on return', async (t) => {
    const identity = await hub.newDevice(t);
    const client = await hub.connected(t, identity);
    const { patches } = await hub.listening(client);
    await client.close();
    await hub.desire(identity.deviceId, { a: 2 });
    await hub.desire(identity.deviceId, { b: 3 });
    await client.open();
    const twin = await client.getTwin();
    assert.deepEqual(twin.properties.desired, { a: 2, b: 3, $version: 3 });
    // And from now on it is told again.
    patches.clear();
    await report(twin, { back: true });
    await hub.desire(identity.deviceId, { c: 4 });
    assert.deepEqual(await patches.take(), { c: 4, $version: 4 });
  });
});
