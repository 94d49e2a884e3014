// Twins and queries through the service SDK: patch with If-Match, paging, and a query with a mistake.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe } from 'node:test';

import { hub, test } from './hub.mjs';

describe('the twin of a service', () => {
  test("a new twin has the contract's shape", async (t) => {
    const { deviceId } = await hub.newDevice(t);
    const twin = await hub.twin(deviceId);
    assert.deepEqual([twin.deviceId, twin.etag, twin.version, twin.tags], [deviceId, 'AAAAAAAAAAE=', 2, {}]);
    assert.deepEqual([twin.properties.desired.$version, twin.properties.reported.$version], [1, 1]);
  });

  test('a twin updates itself with its own etag', async (t) => {
    const { deviceId } = await hub.newDevice(t);
    const [twin, stale] = [await hub.twin(deviceId), await hub.twin(deviceId)];
    await twin.update({ tags: { site: { city: 'Breda', floor: 2 } } });
    assert.notEqual(twin.etag, stale.etag);
    await twin.update({ tags: { site: { floor: null } }, properties: { desired: { x: 1 } } });
    assert.deepEqual(twin.tags, { site: { city: 'Breda' } });
    assert.deepEqual([twin.properties.desired.x, twin.properties.desired.$version], [1, 2]);
    await assert.rejects(stale.update({ tags: { late: true } }), { name: 'InvalidEtagError' });
    const read = await hub.twin(deviceId);
    assert.deepEqual([read.tags, read.version], [{ site: { city: 'Breda' } }, 4]);
  });

  test('a patch needs the etag it names', async (t) => {
    const { deviceId } = await hub.newDevice(t);
    await assert.rejects(hub.registry.updateTwin(deviceId, { tags: { n: 1 } }, 'abc'), { name: 'InvalidEtagError' });
    const { responseBody } = await hub.registry.updateTwin(deviceId, { tags: { n: 2 } }, '*');
    assert.deepEqual(responseBody.tags, { n: 2 });
  });

  test('a section given as null is cleared', async (t) => {
    const { deviceId } = await hub.newDevice(t);
    await hub.registry.updateTwin(deviceId, { tags: { a: 1 }, properties: { desired: { b: 2 } } }, '*');
    const { responseBody } = await hub.registry.updateTwin(deviceId, { tags: null, properties: { desired: null } }, '*');
    assert.deepEqual(responseBody.tags, {});
    assert.equal(responseBody.properties.desired.b, undefined);
  });

  test('what a twin cannot hold is refused', async (t) => {
    const { deviceId } = await hub.newDevice(t);
    for (const tags of [{ 'a.b': 1 }, { 'a b': 1 }, { big: 'x'.repeat(9000) }]) {
      await assert.rejects(hub.registry.updateTwin(deviceId, { tags }, '*'), { name: 'ArgumentError' });
    }
  });
});

describe('queries', () => {
  /** Seven devices with a mark of their own. */
  async function marked(t) {
    const mark = `m${randomUUID().replaceAll('-', '')}`;
    const ids = [];
    for (let number = 0; number < 7; number += 1) {
      const { deviceId } = await hub.newDevice(t);
      await hub.registry.updateTwin(deviceId, { tags: { mark, number } }, '*');
      ids.push(deviceId);
    }
    return { mark, ids };
  }

  test('twins are found', async (t) => {
    const { mark } = await marked(t);
    const query = hub.registry.createQuery(`SELECT * FROM devices WHERE tags.mark = '${mark}' AND tags.number >= 3`);
    const { result } = await query.nextAsTwin();
    assert.deepEqual(result.map((twin) => twin.tags.number).sort(), [3, 4, 5, 6]);
    assert.equal(query.hasMoreResults, false);
  });

  test('pages follow each other without gaps', async (t) => {
    const { mark, ids } = await marked(t);
    const query = hub.registry.createQuery(`SELECT * FROM devices WHERE tags.mark = '${mark}'`, 3);
    const sizes = [];
    const found = [];
    while (query.hasMoreResults) {
      const { result } = await query.nextAsTwin();
      sizes.push(result.length);
      found.push(...result.map((twin) => twin.deviceId));
    }
    assert.deepEqual(sizes, [3, 3, 1]);
    assert.deepEqual(found.sort(), ids.sort());
  });

  test('projections and aggregates are rows', async (t) => {
    const { mark } = await marked(t);
    const rows = async (select) => (await hub.registry.createQuery(`${select} FROM devices WHERE tags.mark = '${mark}'`).next()).result;
    assert.deepEqual((await rows('SELECT tags.number AS n')).map((row) => row.n).sort(), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await rows('SELECT COUNT() AS n'), [{ n: 7 }]);
  });

  test('nothing found is an empty page', async () => {
    const query = hub.registry.createQuery("SELECT * FROM devices WHERE tags.mark = 'nobody'");
    assert.deepEqual((await query.nextAsTwin()).result, []);
    assert.equal(query.hasMoreResults, false);
  });

  test('a mistake is an error', async () => {
    for (const text of ['SELECT * FROM devices WHERE tags.mark ==', 'SELEC * FROM devices', 'SELECT * FROM cars']) {
      await assert.rejects(hub.registry.createQuery(text).next(), { name: 'ArgumentError' }, text);
    }
  });
});
