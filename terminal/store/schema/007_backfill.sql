-- Pads of paper receipts, outages, and what was sold on paper meanwhile. A number stands for the one row of `papers` that was not
-- withdrawn. As the other books: derived from entries, never changed.

CREATE TABLE pads (
    pad_id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    first_no INTEGER NOT NULL CHECK (first_no > 0),
    last_no INTEGER NOT NULL CHECK (last_no >= first_no),
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;

CREATE TABLE pads_handed (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    pad_id TEXT NOT NULL REFERENCES pads,
    how TEXT NOT NULL CHECK (how IN ('issued', 'returned')),
    holder TEXT NOT NULL,
    next_no INTEGER NOT NULL,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;

CREATE TABLE papers_missing (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    pad_id TEXT NOT NULL REFERENCES pads,
    paper_no INTEGER NOT NULL
) STRICT;

CREATE TABLE outages (
    outage_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL CHECK (to_ms > from_ms),
    cause TEXT NOT NULL,
    note TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;

CREATE TABLE papers (
    backfill_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    pad_id TEXT NOT NULL REFERENCES pads,
    paper_no INTEGER NOT NULL,
    fate TEXT NOT NULL CHECK (fate IN ('entered', 'voided')),
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;
CREATE INDEX papers_by_number ON papers (paper_no);

CREATE TABLE backfills (
    backfill_no INTEGER PRIMARY KEY REFERENCES papers,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    outage_no INTEGER NOT NULL REFERENCES outages,
    envelope_no INTEGER NOT NULL,
    paper_ms INTEGER NOT NULL,
    plate TEXT NOT NULL,
    entered_ms INTEGER,
    vehicle TEXT NOT NULL,
    tariff_id TEXT NOT NULL,
    stay_id TEXT NOT NULL,
    collector TEXT NOT NULL,
    taken_minor INTEGER NOT NULL CHECK (taken_minor >= 0),
    should_minor INTEGER
) STRICT;
CREATE INDEX backfills_by_stay ON backfills (stay_id) WHERE stay_id <> '';
CREATE INDEX backfills_by_envelope ON backfills (envelope_no);

CREATE TABLE papers_freed (
    backfill_no INTEGER PRIMARY KEY REFERENCES papers,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;

CREATE TABLE envelopes (
    envelope_no INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    shift_no INTEGER NOT NULL REFERENCES shifts,
    collector TEXT NOT NULL,
    papers INTEGER NOT NULL CHECK (papers > 0),
    expected_minor INTEGER NOT NULL,
    counted_minor INTEGER NOT NULL CHECK (counted_minor >= 0),
    over_minor INTEGER NOT NULL CHECK (over_minor = counted_minor - expected_minor),
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    goes_to TEXT NOT NULL CHECK (goes_to IN ('safe', 'drawer')),
    bag TEXT NOT NULL,
    who TEXT NOT NULL,
    approved_by TEXT NOT NULL CHECK (approved_by <> who)
) STRICT;

-- What each number stands for.
CREATE VIEW papers_standing AS
SELECT backfill_no, papers.pad_id, papers.paper_no, papers.fate, papers.reason, papers.note, papers.shift_no, papers.who, papers.approved_by,
    papers.seq, papers.at_ms
FROM papers WHERE NOT EXISTS (SELECT 1 FROM papers_freed AS freed WHERE freed.backfill_no = papers.backfill_no);

-- Each pad, who has it (nobody: ''), the first number that is blank as far as it is known, and how many of its numbers are missing.
CREATE VIEW pads_now AS
SELECT pads.pad_id, first_no, last_no, iif(coalesce(handed.how, '') = 'issued', handed.holder, '') AS holder,
    coalesce(handed.next_no, first_no) AS next_no,
    (SELECT count(DISTINCT paper_no) FROM papers_missing AS lost WHERE lost.pad_id = pads.pad_id
        AND NOT EXISTS (SELECT 1 FROM papers_standing AS found WHERE found.paper_no = lost.paper_no)) AS missing
FROM pads LEFT JOIN pads_handed AS handed
    ON handed.id = (SELECT max(id) FROM pads_handed AS last WHERE last.pad_id = pads.pad_id);

-- Each sale on paper as it was entered, marked: what was taken beside what it should have been (nothing: nobody can know), the day
-- on which it was entered (at_ms) beside that on which it occurred, and whether its envelope was counted.
CREATE VIEW backfills_checked AS
SELECT 'MANUAL' AS mark, backfill_no, papers.pad_id, papers.paper_no, papers.at_ms, paper_ms AS occurred_ms, plate, entered_ms, vehicle, tariff_id,
    stay_id, backfills.collector, papers.who, papers.approved_by, papers.shift_no, taken_minor, should_minor,
    taken_minor - should_minor AS difference_minor, outage_no, outages.cause, envelope_no, envelopes.goes_to, envelopes.over_minor,
    freed.backfill_no IS NOT NULL AS withdrawn
FROM backfills JOIN papers USING (backfill_no) JOIN outages USING (outage_no)
    LEFT JOIN envelopes USING (envelope_no) LEFT JOIN papers_freed AS freed USING (backfill_no);

CREATE TRIGGER papers_never_twice BEFORE INSERT ON papers
WHEN EXISTS (SELECT 1 FROM papers_standing WHERE paper_no = NEW.paper_no)
BEGIN SELECT RAISE(ABORT, 'a paper number stands for one thing at a time'); END;
CREATE TRIGGER pads_never_overlap BEFORE INSERT ON pads
WHEN EXISTS (SELECT 1 FROM pads WHERE first_no <= NEW.last_no AND last_no >= NEW.first_no)
BEGIN SELECT RAISE(ABORT, 'pads never overlap'); END;

CREATE TRIGGER pads_never_replace BEFORE INSERT ON pads WHEN EXISTS (SELECT 1 FROM pads WHERE pad_id = NEW.pad_id)
BEGIN SELECT RAISE(ABORT, 'pads is append-only'); END;
CREATE TRIGGER pads_never_change BEFORE UPDATE ON pads
BEGIN SELECT RAISE(ABORT, 'pads is append-only'); END;
CREATE TRIGGER pads_never_go BEFORE DELETE ON pads
BEGIN SELECT RAISE(ABORT, 'pads is append-only'); END;

CREATE TRIGGER pads_handed_never_replace BEFORE INSERT ON pads_handed WHEN EXISTS (SELECT 1 FROM pads_handed WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'pads_handed is append-only'); END;
CREATE TRIGGER pads_handed_never_change BEFORE UPDATE ON pads_handed
BEGIN SELECT RAISE(ABORT, 'pads_handed is append-only'); END;
CREATE TRIGGER pads_handed_never_go BEFORE DELETE ON pads_handed
BEGIN SELECT RAISE(ABORT, 'pads_handed is append-only'); END;

CREATE TRIGGER papers_missing_never_replace BEFORE INSERT ON papers_missing WHEN EXISTS (SELECT 1 FROM papers_missing WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'papers_missing is append-only'); END;
CREATE TRIGGER papers_missing_never_change BEFORE UPDATE ON papers_missing
BEGIN SELECT RAISE(ABORT, 'papers_missing is append-only'); END;
CREATE TRIGGER papers_missing_never_go BEFORE DELETE ON papers_missing
BEGIN SELECT RAISE(ABORT, 'papers_missing is append-only'); END;

CREATE TRIGGER outages_never_replace BEFORE INSERT ON outages WHEN EXISTS (SELECT 1 FROM outages WHERE outage_no = NEW.outage_no)
BEGIN SELECT RAISE(ABORT, 'outages is append-only'); END;
CREATE TRIGGER outages_never_change BEFORE UPDATE ON outages
BEGIN SELECT RAISE(ABORT, 'outages is append-only'); END;
CREATE TRIGGER outages_never_go BEFORE DELETE ON outages
BEGIN SELECT RAISE(ABORT, 'outages is append-only'); END;

CREATE TRIGGER papers_never_replace BEFORE INSERT ON papers WHEN EXISTS (SELECT 1 FROM papers WHERE backfill_no = NEW.backfill_no)
BEGIN SELECT RAISE(ABORT, 'papers is append-only'); END;
CREATE TRIGGER papers_never_change BEFORE UPDATE ON papers
BEGIN SELECT RAISE(ABORT, 'papers is append-only'); END;
CREATE TRIGGER papers_never_go BEFORE DELETE ON papers
BEGIN SELECT RAISE(ABORT, 'papers is append-only'); END;

CREATE TRIGGER backfills_never_replace BEFORE INSERT ON backfills WHEN EXISTS (SELECT 1 FROM backfills WHERE backfill_no = NEW.backfill_no)
BEGIN SELECT RAISE(ABORT, 'backfills is append-only'); END;
CREATE TRIGGER backfills_never_change BEFORE UPDATE ON backfills
BEGIN SELECT RAISE(ABORT, 'backfills is append-only'); END;
CREATE TRIGGER backfills_never_go BEFORE DELETE ON backfills
BEGIN SELECT RAISE(ABORT, 'backfills is append-only'); END;

CREATE TRIGGER papers_freed_never_replace BEFORE INSERT ON papers_freed WHEN EXISTS (SELECT 1 FROM papers_freed WHERE backfill_no = NEW.backfill_no)
BEGIN SELECT RAISE(ABORT, 'papers_freed is append-only'); END;
CREATE TRIGGER papers_freed_never_change BEFORE UPDATE ON papers_freed
BEGIN SELECT RAISE(ABORT, 'papers_freed is append-only'); END;
CREATE TRIGGER papers_freed_never_go BEFORE DELETE ON papers_freed
BEGIN SELECT RAISE(ABORT, 'papers_freed is append-only'); END;

CREATE TRIGGER envelopes_never_replace BEFORE INSERT ON envelopes WHEN EXISTS (SELECT 1 FROM envelopes WHERE envelope_no = NEW.envelope_no)
BEGIN SELECT RAISE(ABORT, 'envelopes is append-only'); END;
CREATE TRIGGER envelopes_never_change BEFORE UPDATE ON envelopes
BEGIN SELECT RAISE(ABORT, 'envelopes is append-only'); END;
CREATE TRIGGER envelopes_never_go BEFORE DELETE ON envelopes
BEGIN SELECT RAISE(ABORT, 'envelopes is append-only'); END;
