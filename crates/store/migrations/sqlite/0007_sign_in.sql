-- When each person last signed in: sessions are removed when they end, this stays.

ALTER TABLE person ADD COLUMN signed_in_at INTEGER;

UPDATE person SET signed_in_at = (SELECT max(created_at) FROM session WHERE session.person = person.id);
