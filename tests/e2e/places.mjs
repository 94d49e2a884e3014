// Every page of the console, for what holds of each and for the pictures of each. A page that is missing here has no
// such promises: `every place of the navigation is listed` says so.
export const places = [
  ['overview', () => '/'],
  ['devices', () => '/devices'],
  ['devices by query', () => '/devices?q=IS_DRIFTING()'],
  ['device', device => `/devices/${encodeURIComponent(device)}`],
  ['plan', () => '/plan'],
  ['provision', () => '/provision'],
  ['jobs', () => '/jobs'],
  ['new job', device => `/jobs/new?q=${encodeURIComponent(`deviceId = '${device}'`)}`],
  ['provision-many', () => '/provision/many'],
  ['retire', () => '/retire'],
  ['retire a device', device => `/retire?device=${encodeURIComponent(device)}`],
  ['reports', () => '/reports'],
  ['people', () => '/settings?person=1'],
  ['policies', () => '/settings/policies'],
  ['limits', () => '/settings/limits'],
  ['internals', () => '/settings/internals'],
  ['parts', () => '/settings/parts'],
];
