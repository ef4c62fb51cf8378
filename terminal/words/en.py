"""English."""

# fmt: off
WORDS: dict[str, str] = {
    # --- web page
    "web.lost": "Connection lost, please wait",
    # --- quote: the lines that explain what is owed
    "quote.free": "Not longer than {minutes} minutes: free",
    "quote.hours": "Started hours: {hours} × {price}",
    "quote.days_capped": "Days at the most a day costs: {days} × {price}",
    # --- refused: why a scanned code is not taken
    "refused.not_a_ticket": "This is not a parking ticket",
    "refused.bad_ticket": "This ticket can not be read, please try again",
    "refused.wrong_tag": "This ticket was not issued here",
    "refused.in_future": "The entry time of this ticket lies in the future, please ask the staff",
    "refused.already_paid": "This ticket was already paid at {when}",
    "refused.unknown_tariff": "The tariff of this ticket is not known here, please ask the staff",
    "refused.sale_open": "Please finish or cancel the present payment first",
}
