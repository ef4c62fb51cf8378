"""The page of a staffed window: what the collector works with, and what the payer sees beside it."""
