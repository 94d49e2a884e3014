-- The methods that were run on a device, found without reading its other events.

CREATE INDEX event_calls ON event (slot) WHERE kind = 'method';
