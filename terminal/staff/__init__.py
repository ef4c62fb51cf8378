"""Who works on the terminal, and how they prove it.

pins.py       what makes a PIN, and its hash
operators.py  the file of the operators
lockout.py    how often wrong PINs may be tried
signing_in.py a name and a PIN become an operator, or a refusal
sessions.py   who is signed in on a page, by a secret
"""
