"""What is billed: the ledger of accounts and charges, tables that are imported into it, and the rates of collection."""
