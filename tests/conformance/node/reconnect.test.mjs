// What a device keeps over a lost connection: its subscriptions, whether the SDK renews them or not.

import assert from 'node:assert/strict';
import { describe } from 'node:test';

import device from 'azure-iot-device';

import { hub, report, testOfOwnServer } from './hub.mjs';

/** A connected device that answers `echo`, and a check that everything works. */
async function actor(t) {
  const identity = await hub.newDevice(t);
  const client = await hub.connected(t, identity);
  client.onDeviceMethod('echo', (request, response) => response.send(200, request.payload, () => {}));
  const { twin, patches } = await hub.listening(client);
  const works = async (word) => {
    // The SDK renews its connection at the next thing it is to send.
    await client.sendEvent(new device.Message(word));
    await report(twin, { word });
    await hub.desire(identity.deviceId, { word });
    while ((await patches.take()).word !== word);
    assert.deepEqual(await hub.invoke(identity.deviceId, 'echo', word, { connectTimeoutInSeconds: 30 }), { status: 200, payload: word });
    assert.equal((await hub.twin(identity.deviceId)).properties.reported.word, word);
  };
  await works('before');
  return { client, twin, works };
}

describe('reconnecting', () => {
  testOfOwnServer('after the network was cut', async (t) => {
    const { works } = await actor(t);
    for (const word of ['once', 'twice']) {
      hub.server.cut();
      await works(word);
    }
  });

  testOfOwnServer('after a restart of the hub', async (t) => {
    const { works } = await actor(t);
    assert.equal(await hub.server.stop(), 0);
    await hub.server.start();
    await works('after the restart');
  });

  testOfOwnServer('after the hub was killed nothing acknowledged is lost', async (t) => {
    const { client, twin, works } = await actor(t);
    for (const round of [1, 2, 3]) {
      await report(twin, { round });
      await hub.server.kill();
      await hub.server.start();
      assert.equal((await client.getTwin()).properties.reported.round, round);
      await works(`round ${round}`);
    }
  });
});
