"""What must survive a power cut: the journal, the books derived from it, the outbox."""
