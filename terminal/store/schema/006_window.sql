-- A staffed window: shifts, drawers, tenders, corrections. Every movement of cash is one row of drawer_moves, so that what a
-- drawer should hold is one sum. Below zero an amount left the drawer.

CREATE TABLE shifts (
    shift_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    follows INTEGER NOT NULL
) STRICT;

CREATE TABLE drawer_moves (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    cause TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    sale_no INTEGER REFERENCES sales,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;

CREATE TABLE pieces_counted (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    occasion TEXT NOT NULL,
    number INTEGER NOT NULL,
    denomination_minor INTEGER NOT NULL CHECK (denomination_minor > 0),
    pieces INTEGER NOT NULL CHECK (pieces > 0)
) STRICT;

CREATE TABLE shifts_counted (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    number INTEGER NOT NULL,
    who TEXT NOT NULL,
    expected_minor INTEGER NOT NULL,
    counted_minor INTEGER NOT NULL CHECK (counted_minor >= 0)
) STRICT;

CREATE TABLE shifts_closed (
    shift_no INTEGER PRIMARY KEY REFERENCES shifts,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    z_no INTEGER NOT NULL UNIQUE,
    who TEXT NOT NULL,
    expected_minor INTEGER NOT NULL,
    counted_minor INTEGER NOT NULL CHECK (counted_minor >= 0),
    over_minor INTEGER NOT NULL CHECK (over_minor = counted_minor - expected_minor),
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE drawers_handed_over (
    shift_no INTEGER PRIMARY KEY REFERENCES shifts_closed,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('accepted', 'disputed', 'cleared')),
    counted_minor INTEGER NOT NULL,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    difference_minor INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

CREATE TABLE days_settled (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    day TEXT NOT NULL,
    who TEXT NOT NULL,
    until_z_no INTEGER NOT NULL
) STRICT;

CREATE TABLE sale_things (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    ticket_id TEXT NOT NULL,
    entered_at_ms INTEGER NOT NULL,
    due_minor INTEGER NOT NULL CHECK (due_minor >= 0)
) STRICT;
CREATE INDEX sale_things_by_ticket ON sale_things (ticket_id);
CREATE INDEX sale_things_by_sale ON sale_things (sale_no);

-- Of several things in a sale, the one that a coupon was for; "" where there is only one.
ALTER TABLE coupons_used ADD COLUMN ticket_id TEXT NOT NULL DEFAULT '';

CREATE TABLE tenders (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    method TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    who TEXT NOT NULL,
    reference TEXT NOT NULL
) STRICT;

CREATE TABLE notes_redeemed (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    terminal_id TEXT NOT NULL,
    note_no INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    sale_no INTEGER REFERENCES sales,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    who TEXT NOT NULL,
    UNIQUE (terminal_id, note_no)
) STRICT;

CREATE TABLE corrections (
    correction_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    what TEXT NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    receipt_no INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    method TEXT NOT NULL,
    wrong_method TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;

CREATE TABLE suspect_notes (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    amount_minor INTEGER NOT NULL,
    serial TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('refused', 'kept')),
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    slip TEXT NOT NULL
) STRICT;

CREATE TABLE no_sales (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    who TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX drawer_moves_by_shift ON drawer_moves (shift_no);
CREATE INDEX tenders_by_sale ON tenders (sale_no);
CREATE INDEX corrections_by_sale ON corrections (sale_no);
CREATE INDEX receipts_by_sale ON receipts (sale_no);

-- A shift with what its drawer should hold, and did.
CREATE VIEW shifts_settled AS
SELECT shift_no, shifts.who, name, shifts.at_ms AS begun_at_ms, closed.at_ms AS closed_at_ms, z_no,
    (SELECT coalesce(sum(amount_minor), 0) FROM drawer_moves WHERE drawer_moves.shift_no = shifts.shift_no) AS expected_minor,
    closed.counted_minor, closed.over_minor, closed.reason
FROM shifts LEFT JOIN shifts_closed AS closed USING (shift_no);

CREATE TRIGGER shifts_never_replace BEFORE INSERT ON shifts WHEN EXISTS (SELECT 1 FROM shifts WHERE shift_no = NEW.shift_no)
BEGIN SELECT RAISE(ABORT, 'shifts is append-only'); END;
CREATE TRIGGER shifts_never_change BEFORE UPDATE ON shifts
BEGIN SELECT RAISE(ABORT, 'shifts is append-only'); END;
CREATE TRIGGER shifts_never_go BEFORE DELETE ON shifts
BEGIN SELECT RAISE(ABORT, 'shifts is append-only'); END;

CREATE TRIGGER drawer_moves_never_replace BEFORE INSERT ON drawer_moves WHEN EXISTS (SELECT 1 FROM drawer_moves WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'drawer_moves is append-only'); END;
CREATE TRIGGER drawer_moves_never_change BEFORE UPDATE ON drawer_moves
BEGIN SELECT RAISE(ABORT, 'drawer_moves is append-only'); END;
CREATE TRIGGER drawer_moves_never_go BEFORE DELETE ON drawer_moves
BEGIN SELECT RAISE(ABORT, 'drawer_moves is append-only'); END;

CREATE TRIGGER pieces_counted_never_replace BEFORE INSERT ON pieces_counted WHEN EXISTS (SELECT 1 FROM pieces_counted WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'pieces_counted is append-only'); END;
CREATE TRIGGER pieces_counted_never_change BEFORE UPDATE ON pieces_counted
BEGIN SELECT RAISE(ABORT, 'pieces_counted is append-only'); END;
CREATE TRIGGER pieces_counted_never_go BEFORE DELETE ON pieces_counted
BEGIN SELECT RAISE(ABORT, 'pieces_counted is append-only'); END;

CREATE TRIGGER shifts_counted_never_replace BEFORE INSERT ON shifts_counted WHEN EXISTS (SELECT 1 FROM shifts_counted WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'shifts_counted is append-only'); END;
CREATE TRIGGER shifts_counted_never_change BEFORE UPDATE ON shifts_counted
BEGIN SELECT RAISE(ABORT, 'shifts_counted is append-only'); END;
CREATE TRIGGER shifts_counted_never_go BEFORE DELETE ON shifts_counted
BEGIN SELECT RAISE(ABORT, 'shifts_counted is append-only'); END;

CREATE TRIGGER shifts_closed_never_replace BEFORE INSERT ON shifts_closed WHEN EXISTS (SELECT 1 FROM shifts_closed WHERE shift_no = NEW.shift_no)
BEGIN SELECT RAISE(ABORT, 'shifts_closed is append-only'); END;
CREATE TRIGGER shifts_closed_never_change BEFORE UPDATE ON shifts_closed
BEGIN SELECT RAISE(ABORT, 'shifts_closed is append-only'); END;
CREATE TRIGGER shifts_closed_never_go BEFORE DELETE ON shifts_closed
BEGIN SELECT RAISE(ABORT, 'shifts_closed is append-only'); END;

CREATE TRIGGER drawers_handed_over_never_replace BEFORE INSERT ON drawers_handed_over WHEN EXISTS (SELECT 1 FROM drawers_handed_over WHERE shift_no = NEW.shift_no)
BEGIN SELECT RAISE(ABORT, 'drawers_handed_over is append-only'); END;
CREATE TRIGGER drawers_handed_over_never_change BEFORE UPDATE ON drawers_handed_over
BEGIN SELECT RAISE(ABORT, 'drawers_handed_over is append-only'); END;
CREATE TRIGGER drawers_handed_over_never_go BEFORE DELETE ON drawers_handed_over
BEGIN SELECT RAISE(ABORT, 'drawers_handed_over is append-only'); END;

CREATE TRIGGER days_settled_never_replace BEFORE INSERT ON days_settled WHEN EXISTS (SELECT 1 FROM days_settled WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'days_settled is append-only'); END;
CREATE TRIGGER days_settled_never_change BEFORE UPDATE ON days_settled
BEGIN SELECT RAISE(ABORT, 'days_settled is append-only'); END;
CREATE TRIGGER days_settled_never_go BEFORE DELETE ON days_settled
BEGIN SELECT RAISE(ABORT, 'days_settled is append-only'); END;

CREATE TRIGGER sale_things_never_replace BEFORE INSERT ON sale_things WHEN EXISTS (SELECT 1 FROM sale_things WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'sale_things is append-only'); END;
CREATE TRIGGER sale_things_never_change BEFORE UPDATE ON sale_things
BEGIN SELECT RAISE(ABORT, 'sale_things is append-only'); END;
CREATE TRIGGER sale_things_never_go BEFORE DELETE ON sale_things
BEGIN SELECT RAISE(ABORT, 'sale_things is append-only'); END;

CREATE TRIGGER tenders_never_replace BEFORE INSERT ON tenders WHEN EXISTS (SELECT 1 FROM tenders WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'tenders is append-only'); END;
CREATE TRIGGER tenders_never_change BEFORE UPDATE ON tenders
BEGIN SELECT RAISE(ABORT, 'tenders is append-only'); END;
CREATE TRIGGER tenders_never_go BEFORE DELETE ON tenders
BEGIN SELECT RAISE(ABORT, 'tenders is append-only'); END;

CREATE TRIGGER notes_redeemed_never_replace BEFORE INSERT ON notes_redeemed WHEN EXISTS (SELECT 1 FROM notes_redeemed WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'notes_redeemed is append-only'); END;
CREATE TRIGGER notes_redeemed_never_change BEFORE UPDATE ON notes_redeemed
BEGIN SELECT RAISE(ABORT, 'notes_redeemed is append-only'); END;
CREATE TRIGGER notes_redeemed_never_go BEFORE DELETE ON notes_redeemed
BEGIN SELECT RAISE(ABORT, 'notes_redeemed is append-only'); END;

CREATE TRIGGER corrections_never_replace BEFORE INSERT ON corrections WHEN EXISTS (SELECT 1 FROM corrections WHERE correction_no = NEW.correction_no)
BEGIN SELECT RAISE(ABORT, 'corrections is append-only'); END;
CREATE TRIGGER corrections_never_change BEFORE UPDATE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections is append-only'); END;
CREATE TRIGGER corrections_never_go BEFORE DELETE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections is append-only'); END;

CREATE TRIGGER suspect_notes_never_replace BEFORE INSERT ON suspect_notes WHEN EXISTS (SELECT 1 FROM suspect_notes WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'suspect_notes is append-only'); END;
CREATE TRIGGER suspect_notes_never_change BEFORE UPDATE ON suspect_notes
BEGIN SELECT RAISE(ABORT, 'suspect_notes is append-only'); END;
CREATE TRIGGER suspect_notes_never_go BEFORE DELETE ON suspect_notes
BEGIN SELECT RAISE(ABORT, 'suspect_notes is append-only'); END;

CREATE TRIGGER no_sales_never_replace BEFORE INSERT ON no_sales WHEN EXISTS (SELECT 1 FROM no_sales WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'no_sales is append-only'); END;
CREATE TRIGGER no_sales_never_change BEFORE UPDATE ON no_sales
BEGIN SELECT RAISE(ABORT, 'no_sales is append-only'); END;
CREATE TRIGGER no_sales_never_go BEFORE DELETE ON no_sales
BEGIN SELECT RAISE(ABORT, 'no_sales is append-only'); END;

-- Slips and reports have numbers and copies too.
ALTER TABLE copies RENAME TO copies_before;
CREATE TABLE copies (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    document TEXT NOT NULL CHECK (document IN ('receipt', 'credit_note', 'slip', 'report')),
    number INTEGER NOT NULL,
    copy INTEGER NOT NULL
) STRICT;
INSERT INTO copies SELECT * FROM copies_before;
DROP TABLE copies_before;
CREATE TRIGGER copies_never_replace BEFORE INSERT ON copies WHEN EXISTS (SELECT 1 FROM copies WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;
CREATE TRIGGER copies_never_change BEFORE UPDATE ON copies
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;
CREATE TRIGGER copies_never_go BEFORE DELETE ON copies
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;
