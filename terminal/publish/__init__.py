"""What a tariff shows to people: the public sign, the collector's table, the chart. Made from the tariff itself, never by hand.

prose.py      rules in words
entries.py    entry times that stand for their kind of day
chart.py      fee by duration, as a picture
sheet.py      fee by duration, as a table for an outage
emergency.py  the table and a form for paper receipts, to be printed; emergency_html.py and emergency_pdf.py set it
sign.py       what the public notice says; sign_html.py and sign_pdf.py set it
"""
