-- The journal (events) is the truth; the books below it are derived from its entries alone and can be rebuilt.
-- Amounts are minor units, times are Unix milliseconds (UTC), up_ms is elapsed time since the program's start.
-- Nothing of journal or books is ever changed or deleted: corrections are new rows. The triggers see to it, and they
-- also stop INSERT OR REPLACE, which deletes without asking a DELETE trigger.

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    up_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    effects TEXT NOT NULL,
    entries TEXT NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
    OR NEW.prev_hash IS NOT coalesce((SELECT hash FROM events ORDER BY seq DESC LIMIT 1), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'events: a row must follow the last one'); END;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

-- The world after event seq, as it was decided then, so that a start need not decide anything again; written with each
-- commit, into two slots by turns. hash = SHA-256(hash of event seq, world).
CREATE TABLE snapshots (
    slot INTEGER PRIMARY KEY CHECK (slot IN (0, 1)),
    seq INTEGER NOT NULL,
    world BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- How far each consumer has acknowledged the journal.
CREATE TABLE outbox (
    name TEXT PRIMARY KEY,
    acked_seq INTEGER NOT NULL CHECK (acked_seq >= 0)
) STRICT, WITHOUT ROWID;

-- The books. seq is the event that a row comes from.

CREATE TABLE sales (
    sale_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    ticket_id TEXT NOT NULL,
    entered_at_ms INTEGER NOT NULL,
    due_minor INTEGER NOT NULL CHECK (due_minor >= 0)
) STRICT;
CREATE INDEX sales_by_ticket ON sales (ticket_id);

CREATE TABLE sales_closed (
    sale_no INTEGER PRIMARY KEY REFERENCES sales,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('paid', 'cancelled')),
    credited_minor INTEGER NOT NULL CHECK (credited_minor >= 0),
    change_owed_minor INTEGER NOT NULL CHECK (change_owed_minor >= 0)
) STRICT;

CREATE TABLE bills (
    bill_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    disposition TEXT NOT NULL CHECK (disposition IN ('credited', 'unclaimed', 'disputed')),
    sale_no INTEGER REFERENCES sales
) STRICT;

CREATE TABLE disputes_settled (
    bill_no INTEGER PRIMARY KEY REFERENCES bills,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    disposition TEXT NOT NULL CHECK (disposition IN ('credited', 'unclaimed', 'gone'))
) STRICT;

CREATE TABLE change_paid (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0)
) STRICT;

CREATE TABLE credit_notes (
    note_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0)
) STRICT;

CREATE TABLE receipts (
    receipt_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales
) STRICT;

CREATE TABLE copies (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    document TEXT NOT NULL CHECK (document IN ('receipt', 'credit_note')),
    number INTEGER NOT NULL,
    copy INTEGER NOT NULL
) STRICT;

CREATE TABLE openings (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('barrier', 'drawer')),
    sale_no INTEGER REFERENCES sales
) STRICT;

-- Each note with what became of it in the end.
CREATE VIEW bills_settled AS
SELECT bill_no, bills.at_ms, amount_minor, coalesce(disputes_settled.disposition, bills.disposition) AS disposition, sale_no
FROM bills LEFT JOIN disputes_settled USING (bill_no);

CREATE TRIGGER sales_never_replace BEFORE INSERT ON sales WHEN EXISTS (SELECT 1 FROM sales WHERE sale_no = NEW.sale_no)
BEGIN SELECT RAISE(ABORT, 'sales is append-only'); END;
CREATE TRIGGER sales_never_change BEFORE UPDATE ON sales
BEGIN SELECT RAISE(ABORT, 'sales is append-only'); END;
CREATE TRIGGER sales_never_go BEFORE DELETE ON sales
BEGIN SELECT RAISE(ABORT, 'sales is append-only'); END;

CREATE TRIGGER sales_closed_never_replace BEFORE INSERT ON sales_closed WHEN EXISTS (SELECT 1 FROM sales_closed WHERE sale_no = NEW.sale_no)
BEGIN SELECT RAISE(ABORT, 'sales_closed is append-only'); END;
CREATE TRIGGER sales_closed_never_change BEFORE UPDATE ON sales_closed
BEGIN SELECT RAISE(ABORT, 'sales_closed is append-only'); END;
CREATE TRIGGER sales_closed_never_go BEFORE DELETE ON sales_closed
BEGIN SELECT RAISE(ABORT, 'sales_closed is append-only'); END;

CREATE TRIGGER bills_never_replace BEFORE INSERT ON bills WHEN EXISTS (SELECT 1 FROM bills WHERE bill_no = NEW.bill_no)
BEGIN SELECT RAISE(ABORT, 'bills is append-only'); END;
CREATE TRIGGER bills_never_change BEFORE UPDATE ON bills
BEGIN SELECT RAISE(ABORT, 'bills is append-only'); END;
CREATE TRIGGER bills_never_go BEFORE DELETE ON bills
BEGIN SELECT RAISE(ABORT, 'bills is append-only'); END;

CREATE TRIGGER disputes_settled_never_replace BEFORE INSERT ON disputes_settled WHEN EXISTS (SELECT 1 FROM disputes_settled WHERE bill_no = NEW.bill_no)
BEGIN SELECT RAISE(ABORT, 'disputes_settled is append-only'); END;
CREATE TRIGGER disputes_settled_never_change BEFORE UPDATE ON disputes_settled
BEGIN SELECT RAISE(ABORT, 'disputes_settled is append-only'); END;
CREATE TRIGGER disputes_settled_never_go BEFORE DELETE ON disputes_settled
BEGIN SELECT RAISE(ABORT, 'disputes_settled is append-only'); END;

CREATE TRIGGER change_paid_never_replace BEFORE INSERT ON change_paid WHEN EXISTS (SELECT 1 FROM change_paid WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'change_paid is append-only'); END;
CREATE TRIGGER change_paid_never_change BEFORE UPDATE ON change_paid
BEGIN SELECT RAISE(ABORT, 'change_paid is append-only'); END;
CREATE TRIGGER change_paid_never_go BEFORE DELETE ON change_paid
BEGIN SELECT RAISE(ABORT, 'change_paid is append-only'); END;

CREATE TRIGGER credit_notes_never_replace BEFORE INSERT ON credit_notes WHEN EXISTS (SELECT 1 FROM credit_notes WHERE note_no = NEW.note_no)
BEGIN SELECT RAISE(ABORT, 'credit_notes is append-only'); END;
CREATE TRIGGER credit_notes_never_change BEFORE UPDATE ON credit_notes
BEGIN SELECT RAISE(ABORT, 'credit_notes is append-only'); END;
CREATE TRIGGER credit_notes_never_go BEFORE DELETE ON credit_notes
BEGIN SELECT RAISE(ABORT, 'credit_notes is append-only'); END;

CREATE TRIGGER receipts_never_replace BEFORE INSERT ON receipts WHEN EXISTS (SELECT 1 FROM receipts WHERE receipt_no = NEW.receipt_no)
BEGIN SELECT RAISE(ABORT, 'receipts is append-only'); END;
CREATE TRIGGER receipts_never_change BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts is append-only'); END;
CREATE TRIGGER receipts_never_go BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts is append-only'); END;

CREATE TRIGGER copies_never_replace BEFORE INSERT ON copies WHEN EXISTS (SELECT 1 FROM copies WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;
CREATE TRIGGER copies_never_change BEFORE UPDATE ON copies
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;
CREATE TRIGGER copies_never_go BEFORE DELETE ON copies
BEGIN SELECT RAISE(ABORT, 'copies is append-only'); END;

CREATE TRIGGER openings_never_replace BEFORE INSERT ON openings WHEN EXISTS (SELECT 1 FROM openings WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'openings is append-only'); END;
CREATE TRIGGER openings_never_change BEFORE UPDATE ON openings
BEGIN SELECT RAISE(ABORT, 'openings is append-only'); END;
CREATE TRIGGER openings_never_go BEFORE DELETE ON openings
BEGIN SELECT RAISE(ABORT, 'openings is append-only'); END;
