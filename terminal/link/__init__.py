"""The MQTT link: `messages.py` what is said, `session.py` one connection, `mqtt.py` the thread that keeps one up;
`sending.py` what goes out on it, `reports.py` what comes in."""
