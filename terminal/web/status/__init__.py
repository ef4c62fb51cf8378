"""The staff's status page, on the LAN."""
