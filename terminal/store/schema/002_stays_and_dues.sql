-- What is reported about stays, the coupons that were used, the dues that were paid. As the other books: derived from entries, never changed.

-- A report as it came (data), and what it is found by: what kind it is, the stay or ticket, the plate, the moment it tells of.
CREATE TABLE reports (
    report_id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    what TEXT NOT NULL,
    stay_id TEXT NOT NULL,
    plate TEXT NOT NULL,
    moment_ms INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX reports_by_stay ON reports (stay_id) WHERE stay_id <> '';
CREATE INDEX reports_by_plate ON reports (plate) WHERE plate <> '';
CREATE INDEX reports_by_moment ON reports (what, moment_ms);

CREATE TABLE coupons_used (
    coupon_id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    sale_no INTEGER NOT NULL REFERENCES sales,
    minutes INTEGER NOT NULL CHECK (minutes >= 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0)
) STRICT;
CREATE INDEX coupons_used_by_sale ON coupons_used (sale_no);

-- What was paid of dues: the charges themselves are in the ledger, a file of its own.
CREATE TABLE dues_paid (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    charge_key TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
    late_minor INTEGER NOT NULL CHECK (late_minor >= 0),
    sale_no INTEGER NOT NULL REFERENCES sales
) STRICT;
CREATE INDEX dues_paid_by_charge ON dues_paid (charge_key);

CREATE TRIGGER dues_paid_never_replace BEFORE INSERT ON dues_paid WHEN EXISTS (SELECT 1 FROM dues_paid WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'dues_paid is append-only'); END;
CREATE TRIGGER dues_paid_never_change BEFORE UPDATE ON dues_paid
BEGIN SELECT RAISE(ABORT, 'dues_paid is append-only'); END;
CREATE TRIGGER dues_paid_never_go BEFORE DELETE ON dues_paid
BEGIN SELECT RAISE(ABORT, 'dues_paid is append-only'); END;

CREATE TRIGGER reports_never_replace BEFORE INSERT ON reports WHEN EXISTS (SELECT 1 FROM reports WHERE report_id = NEW.report_id)
BEGIN SELECT RAISE(ABORT, 'reports is append-only'); END;
CREATE TRIGGER reports_never_change BEFORE UPDATE ON reports
BEGIN SELECT RAISE(ABORT, 'reports is append-only'); END;
CREATE TRIGGER reports_never_go BEFORE DELETE ON reports
BEGIN SELECT RAISE(ABORT, 'reports is append-only'); END;

CREATE TRIGGER coupons_used_never_replace BEFORE INSERT ON coupons_used WHEN EXISTS (SELECT 1 FROM coupons_used WHERE coupon_id = NEW.coupon_id)
BEGIN SELECT RAISE(ABORT, 'coupons_used is append-only'); END;
CREATE TRIGGER coupons_used_never_change BEFORE UPDATE ON coupons_used
BEGIN SELECT RAISE(ABORT, 'coupons_used is append-only'); END;
CREATE TRIGGER coupons_used_never_go BEFORE DELETE ON coupons_used
BEGIN SELECT RAISE(ABORT, 'coupons_used is append-only'); END;
