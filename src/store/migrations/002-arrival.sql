-- Schema 2. records.no tells the order of arrival, by which programs read on from a cursor: a number that was given must not be given again, also
-- where the records with the highest ones were those of a room that was forgotten.
CREATE TABLE arrival (
  highest INTEGER NOT NULL
) STRICT;

INSERT INTO arrival (highest) VALUES (0);
