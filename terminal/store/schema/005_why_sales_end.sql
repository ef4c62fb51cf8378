-- Why a sale ended unpaid; '' for one that was paid.
ALTER TABLE sales_closed ADD COLUMN why TEXT NOT NULL DEFAULT '';
