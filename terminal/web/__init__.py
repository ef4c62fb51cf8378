"""The screen as a web page: `view.py` says what is shown (pure), `server.py` shows it."""
