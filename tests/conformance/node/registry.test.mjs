// The registry through the service SDK: create, get, update, delete, list, bulk, statistics, etags.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import service from 'azure-iothub';

import { HOST, hub, newKey, sas, test } from './hub.mjs';

const notFound = { name: 'DeviceNotFoundError' };

describe('the registry', () => {
  test('a device is created with generated keys', async (t) => {
    const identity = await hub.newDevice(t);
    const { primaryKey, secondaryKey } = identity.authentication.symmetricKey;
    assert.deepEqual([identity.status, identity.connectionState, identity.authentication.type], ['enabled', 'Disconnected', 'sas']);
    assert.ok(Buffer.from(primaryKey, 'base64').length >= 16);
    assert.notEqual(primaryKey, secondaryKey);
    assert.ok(identity.generationId && identity.etag);
  });

  test('a device is created with given keys and read back', async (t) => {
    const symmetricKey = { primaryKey: newKey(), secondaryKey: newKey() };
    const created = await hub.newDevice(t, { status: 'disabled', statusReason: 'bench', authentication: { type: 'sas', symmetricKey } });
    const { responseBody: read } = await hub.registry.get(created.deviceId);
    for (const identity of [created, read]) {
      assert.deepEqual(identity.authentication.symmetricKey, symmetricKey);
      assert.deepEqual([identity.status, identity.statusReason], ['disabled', 'bench']);
    }
    assert.equal(created.etag, read.etag);
  });

  test('creating what exists is a conflict', async (t) => {
    const { deviceId } = await hub.newDevice(t);
    await assert.rejects(hub.registry.create({ deviceId }), { name: 'DeviceAlreadyExistsError' });
  });

  test('what does not exist is not found', async () => {
    const deviceId = `node-${randomUUID()}`;
    await assert.rejects(hub.registry.get(deviceId), notFound);
    await assert.rejects(hub.registry.delete(deviceId), notFound);
    await assert.rejects(hub.registry.update({ deviceId, status: 'disabled' }), notFound);
    await assert.rejects(hub.registry.getTwin(deviceId), notFound);
  });

  test('an update of the status alone keeps the keys', async (t) => {
    const created = await hub.newDevice(t);
    await hub.registry.update({ deviceId: created.deviceId, status: 'disabled' });
    const { responseBody: read } = await hub.registry.get(created.deviceId);
    assert.equal(read.status, 'disabled');
    assert.deepEqual(read.authentication.symmetricKey, created.authentication.symmetricKey);
    assert.notEqual(read.etag, created.etag);
  });

  test('an update and a deletion need the etag that they name', async (t) => {
    const { deviceId, etag } = await hub.newDevice(t);
    const update = (status, etag) => call('PUT', deviceId, etag, { deviceId, status });
    await update('disabled', etag);
    await assert.rejects(update('enabled', etag), { name: 'InvalidEtagError' });
    await assert.rejects(call('DELETE', deviceId, etag), { name: 'InvalidEtagError' });
    assert.equal((await hub.registry.get(deviceId)).responseBody.status, 'disabled');
    await update('enabled', '*');
    await call('DELETE', deviceId, (await hub.registry.get(deviceId)).responseBody.etag);
    await assert.rejects(hub.registry.get(deviceId), notFound);
  });

  test('devices are listed', async (t) => {
    const ids = [await hub.newDevice(t), await hub.newDevice(t)].map((identity) => identity.deviceId);
    const { responseBody } = await hub.registry.list();
    const listed = new Set(responseBody.map((identity) => identity.deviceId));
    assert.ok(ids.every((id) => listed.has(id)));
  });

  test('statistics count devices', async (t) => {
    const before = (await hub.registry.getRegistryStatistics()).responseBody;
    await hub.newDevice(t);
    await hub.newDevice(t, { status: 'disabled' });
    const after = (await hub.registry.getRegistryStatistics()).responseBody;
    assert.equal(after.totalDeviceCount, before.totalDeviceCount + 2);
    assert.equal(after.disabledDeviceCount, before.disabledDeviceCount + 1);
  });

  test('bulk operations succeed and say what failed', async (t) => {
    const devices = Array.from({ length: 5 }, () => ({ deviceId: `node-${randomUUID()}` }));
    t.after(() => hub.registry.removeDevices(devices, true).catch(() => {}));
    assert.equal((await hub.registry.addDevices(devices)).responseBody.isSuccessful, true);
    const { responseBody: again } = await hub.registry.addDevices(devices.slice(0, 2));
    assert.equal(again.isSuccessful, false);
    assert.deepEqual(again.errors.map((error) => error.deviceId).sort(), devices.slice(0, 2).map((one) => one.deviceId).sort());
    const disabled = devices.map(({ deviceId }) => ({ deviceId, status: 'disabled' }));
    assert.equal((await hub.registry.updateDevices(disabled, true)).responseBody.isSuccessful, true);
    assert.equal((await hub.registry.get(devices[0].deviceId)).responseBody.status, 'disabled');
    assert.equal((await hub.registry.removeDevices(devices, true)).responseBody.isSuccessful, true);
    await assert.rejects(hub.registry.get(devices[0].deviceId), notFound);
  });

  test('a bulk update with a stale etag is refused', async (t) => {
    const identity = await hub.newDevice(t);
    await hub.registry.update({ deviceId: identity.deviceId, status: 'disabled' });
    const { responseBody } = await hub.registry.updateDevices([{ deviceId: identity.deviceId, status: 'enabled', etag: identity.etag }], false);
    assert.equal(responseBody.isSuccessful, false);
    assert.equal((await hub.registry.get(identity.deviceId)).responseBody.status, 'disabled');
  });
});

describe('authorization of service clients', () => {
  const unauthorized = { name: 'UnauthorizedError' };

  test('a wrong key and an unknown policy are refused', async () => {
    for (const policy of ['iothubowner', 'nobody']) {
      const text = `HostName=${HOST};SharedAccessKeyName=${policy};SharedAccessKey=${newKey()}`;
      await assert.rejects(service.Registry.fromConnectionString(text).list(), unauthorized);
    }
  });

  test('an expired token is refused', async () => {
    const key = hub.connectionString.split('SharedAccessKey=')[1];
    const registry = (expiresInS) => service.Registry.fromSharedAccessSignature(sas(HOST, key, { policy: 'iothubowner', expiresInS }));
    await registry(3600).list();
    await assert.rejects(registry(-3600).list(), unauthorized);
  });
});

/** A request with an etag of its own: the SDK's methods for single devices always send `*`. */
function call(method, deviceId, etag, body) {
  const path = `/devices/${encodeURIComponent(deviceId)}?api-version=2021-04-12`;
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'If-Match': etag === '*' ? '*' : `"${etag}"` };
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(error) : resolve(result));
    hub.registry._restApiClient.executeApiCall(method, path, headers, body, done);
  });
}
