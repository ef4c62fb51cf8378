-- What payers said of their sales, and what the staff did on the service page. Derived from entries, never changed.

CREATE TABLE ratings (
    sale_no INTEGER PRIMARY KEY REFERENCES sales,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE staff_acts (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL
) STRICT;

CREATE TRIGGER ratings_never_replace BEFORE INSERT ON ratings WHEN EXISTS (SELECT 1 FROM ratings WHERE sale_no = NEW.sale_no)
BEGIN SELECT RAISE(ABORT, 'ratings is append-only'); END;
CREATE TRIGGER ratings_never_change BEFORE UPDATE ON ratings
BEGIN SELECT RAISE(ABORT, 'ratings is append-only'); END;
CREATE TRIGGER ratings_never_go BEFORE DELETE ON ratings
BEGIN SELECT RAISE(ABORT, 'ratings is append-only'); END;

CREATE TRIGGER staff_acts_never_replace BEFORE INSERT ON staff_acts WHEN EXISTS (SELECT 1 FROM staff_acts WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'staff_acts is append-only'); END;
CREATE TRIGGER staff_acts_never_change BEFORE UPDATE ON staff_acts
BEGIN SELECT RAISE(ABORT, 'staff_acts is append-only'); END;
CREATE TRIGGER staff_acts_never_go BEFORE DELETE ON staff_acts
BEGIN SELECT RAISE(ABORT, 'staff_acts is append-only'); END;
