"""Models of devices: what they do apart from what they say, file by file as in `terminal/hw`."""
