"""People, as plans (`plan.py`): they act on the world and know only what the screen shows.

    crowd.py      who comes, how many of each kind, and when
    drivers.py    people with a car                                 paying.py   what all who pay do
    residents.py  people who pay dues or buy something              hands.py    what hands do to devices
    staff.py      people with a key to an unattended kiosk

At a staffed window:

    window_payers.py  who comes there     window_shift.py   the shifts       selling.py     a sale over the counter
    window_chores.py  all else that a collector does        collecting.py    keys, screen and drawer
"""
