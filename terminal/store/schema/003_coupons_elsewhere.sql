CREATE INDEX openings_by_sale ON openings (sale_no);

-- The coupons that went with sales of other terminals, as these have told. As the other books: derived from entries, never changed.

CREATE TABLE coupons_used_elsewhere (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    coupon_id TEXT NOT NULL,
    terminal_id TEXT NOT NULL,
    used_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX coupons_used_elsewhere_by_coupon ON coupons_used_elsewhere (coupon_id);

CREATE TRIGGER coupons_used_elsewhere_never_replace BEFORE INSERT ON coupons_used_elsewhere WHEN EXISTS (SELECT 1 FROM coupons_used_elsewhere WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'coupons_used_elsewhere is append-only'); END;
CREATE TRIGGER coupons_used_elsewhere_never_change BEFORE UPDATE ON coupons_used_elsewhere
BEGIN SELECT RAISE(ABORT, 'coupons_used_elsewhere is append-only'); END;
CREATE TRIGGER coupons_used_elsewhere_never_go BEFORE DELETE ON coupons_used_elsewhere
BEGIN SELECT RAISE(ABORT, 'coupons_used_elsewhere is append-only'); END;
