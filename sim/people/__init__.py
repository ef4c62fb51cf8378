"""People, as plans (`plan.py`): they act on the world and know only what the screen shows.

    crowd.py      who comes, how many of each kind, and when
    drivers.py    people with a car                                 paying.py   what all who pay do
    residents.py  people who pay dues or buy something              hands.py    what hands do to devices
    staff.py      people with a key to an unattended kiosk

Who works at another place than an unattended kiosk, say at a staffed window, has a file of their own beside `staff.py`.
"""
