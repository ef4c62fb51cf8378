"""The service page, behind key and PIN."""
