-- What devices have subscribed to, for as long as they keep their session.

CREATE TABLE subscription (
    slot    INTEGER PRIMARY KEY REFERENCES device (slot) ON DELETE CASCADE,
    filters INTEGER NOT NULL -- bits that the gateway gives a meaning
) STRICT;
