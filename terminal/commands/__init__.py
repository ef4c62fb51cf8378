"""Commands of the command line that need no configuration, one file a subject; `terminal/__main__.py` lists them."""
