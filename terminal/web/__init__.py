"""The pages: `http.py` is the small server, `server.py` serves the payer's page with it.

Each page has a folder of its own: what it shows as data (`view.py`, pure), and its files for the browser (`pages/`).
"""
