-- What is billed, and to whom. What was paid stands in the journal's books. Amounts are minor units, dates ISO dates,
-- times Unix milliseconds (UTC). Nothing is ever changed or deleted: an account that moves gets a new row. The triggers
-- see to it, and they also stop INSERT OR REPLACE, which deletes without asking a DELETE trigger.

CREATE TABLE batches (
    batch_no INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    kind TEXT NOT NULL CHECK (kind IN ('accounts', 'charges')),
    rows INTEGER NOT NULL
) STRICT;

-- An account as a batch told it; its last row counts.
CREATE TABLE accounts (
    account_id TEXT NOT NULL,
    batch_no INTEGER NOT NULL REFERENCES batches,
    unit TEXT NOT NULL,
    block TEXT NOT NULL,
    area_centi_m2 INTEGER NOT NULL CHECK (area_centi_m2 >= 0),
    payer TEXT NOT NULL,
    PRIMARY KEY (account_id, batch_no)
) STRICT, WITHOUT ROWID;

-- begins is the first day of the period, and the due date of what has none (from_date and to_date are '').
CREATE TABLE charges (
    account_id TEXT NOT NULL,
    item TEXT NOT NULL,
    begins TEXT NOT NULL,
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL CHECK (to_date >= from_date),
    due_date TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    batch_no INTEGER NOT NULL REFERENCES batches,
    PRIMARY KEY (account_id, item, begins)
) STRICT, WITHOUT ROWID;

-- Deposits that went back to their payers.
CREATE TABLE deposits_returned (
    charge_key TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0)
) STRICT, WITHOUT ROWID;

CREATE VIEW accounts_now AS
SELECT account_id, unit, block, area_centi_m2, payer, max(batch_no) AS batch_no FROM accounts GROUP BY account_id;

CREATE TRIGGER batches_never_replace BEFORE INSERT ON batches WHEN EXISTS (SELECT 1 FROM batches WHERE batch_no = NEW.batch_no)
BEGIN SELECT RAISE(ABORT, 'batches is append-only'); END;
CREATE TRIGGER batches_never_change BEFORE UPDATE ON batches
BEGIN SELECT RAISE(ABORT, 'batches is append-only'); END;
CREATE TRIGGER batches_never_go BEFORE DELETE ON batches
BEGIN SELECT RAISE(ABORT, 'batches is append-only'); END;

CREATE TRIGGER accounts_never_replace BEFORE INSERT ON accounts
WHEN EXISTS (SELECT 1 FROM accounts WHERE account_id = NEW.account_id AND batch_no = NEW.batch_no)
BEGIN SELECT RAISE(ABORT, 'accounts is append-only'); END;
CREATE TRIGGER accounts_never_change BEFORE UPDATE ON accounts
BEGIN SELECT RAISE(ABORT, 'accounts is append-only'); END;
CREATE TRIGGER accounts_never_go BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'accounts is append-only'); END;

CREATE TRIGGER charges_never_replace BEFORE INSERT ON charges
WHEN EXISTS (SELECT 1 FROM charges WHERE account_id = NEW.account_id AND item = NEW.item AND begins = NEW.begins)
BEGIN SELECT RAISE(ABORT, 'charges is append-only'); END;
CREATE TRIGGER charges_never_change BEFORE UPDATE ON charges
BEGIN SELECT RAISE(ABORT, 'charges is append-only'); END;
CREATE TRIGGER charges_never_go BEFORE DELETE ON charges
BEGIN SELECT RAISE(ABORT, 'charges is append-only'); END;

CREATE TRIGGER deposits_returned_never_replace BEFORE INSERT ON deposits_returned
WHEN EXISTS (SELECT 1 FROM deposits_returned WHERE charge_key = NEW.charge_key)
BEGIN SELECT RAISE(ABORT, 'deposits_returned is append-only'); END;
CREATE TRIGGER deposits_returned_never_change BEFORE UPDATE ON deposits_returned
BEGIN SELECT RAISE(ABORT, 'deposits_returned is append-only'); END;
CREATE TRIGGER deposits_returned_never_go BEFORE DELETE ON deposits_returned
BEGIN SELECT RAISE(ABORT, 'deposits_returned is append-only'); END;
