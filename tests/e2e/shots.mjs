// Screenshots of every page in light, dark and 390 px, and of the states between, for a person to look at.
// Written to the directory in SHOTS.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Tandem } from './tandem.mjs';

const out = process.env.SHOTS;
if (!out) throw new Error('set SHOTS, or run `cargo xtask shots`');
mkdirSync(out, { recursive: true });

const wide = { width: 1440, height: 1000 };
const phone = { width: 390, height: 844 };
const tandem = await Tandem.start({ demo: Number(process.env.DEVICES ?? 200) });
const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`), fullPage: true, animations: 'disabled' });

try {
  for (const [theme, viewport, tag] of [['light', wide, 'light'], ['dark', wide, 'dark'], ['light', phone, 'phone-light'], ['dark', phone, 'phone-dark']]) {
    const stranger = await tandem.person(null, { theme, viewport });
    await stranger.opens('/sign-in');
    await shot(stranger.page, `sign-in-${tag}`);
    await stranger.context.close();

    const ada = await tandem.person('operator', { theme, viewport });
    await ada.isLive();
    if (tag === 'light') await ada.page.waitForTimeout(Number(process.env.SETTLE_MS ?? 45_000)); // let the fleet report and history begin
    await ada.opens('/');
    await ada.isLive();
    await shot(ada.page, `overview-${tag}`);
    await ada.opens('/devices');
    await shot(ada.page, `devices-${tag}`);
    await ada.opens(`/devices?q=${encodeURIComponent("tags.region == 'Holstein'")}`);
    await shot(ada.page, `devices-wrong-${tag}`);
    await ada.opens(`/devices?q=${encodeURIComponent("deviceId = 'nobody'")}`);
    await shot(ada.page, `devices-empty-${tag}`);
    await ada.opens('/devices?q=IS_DRIFTING()');
    await ada.page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().click();
    await ada.page.getByRole('treegrid').waitFor();
    await shot(ada.page, `device-${tag}`);
    await ada.page.getByRole('button', { name: /Edit desired state/ }).click();
    await ada.page.getByRole('dialog').waitFor();
    await shot(ada.page, `device-edit-${tag}`);
    await ada.opens('/plan');
    await shot(ada.page, `plan-${tag}`);
    await ada.page.getByRole('button', { name: /^Declare a property/ }).click();
    await ada.page.getByRole('dialog').waitFor();
    await shot(ada.page, `plan-declare-${tag}`);
    for (const page of ['people', 'policies', 'limits', 'internals']) {
      await ada.opens(page === 'people' ? '/settings?person=1' : `/settings/${page}`);
      await shot(ada.page, `settings-${page}-${tag}`);
    }
    await ada.opens('/settings/parts');
    await shot(ada.page, `parts-${tag}`);
    await ada.opens('/devices');
    await ada.page.evaluate(() => scrollTo(0, 2_000));
    await ada.page.screenshot({ path: join(out, `devices-scrolled-${tag}.png`), animations: 'disabled' });
    await ada.opens('/devices');
    const query = ada.page.getByRole('combobox', { name: 'Fleet query' });
    await query.click();
    await query.pressSequentially("tags.region = 'Holstein' and net");
    await ada.page.getByRole('option').first().waitFor();
    await ada.page.screenshot({ path: join(out, `devices-completion-${tag}.png`), animations: 'disabled' });
    if (viewport === wide) {
      await ada.page.emulateMedia({ media: 'print', colorScheme: theme });
      await ada.opens('/');
      await shot(ada.page, `overview-print-${tag}`);
    }
    await ada.context.close();
  }
  const sam = await tandem.person('supervisor', { viewport: wide });
  await sam.isLive();
  await tandem.kill();
  await sam.page.getByRole('status').filter({ hasText: /Connection lost/ }).first().waitFor();
  await shot(sam.page, 'overview-offline-light');
} finally {
  await tandem.stop();
}
