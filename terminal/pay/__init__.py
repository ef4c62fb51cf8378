"""How it is paid, and the codes that carry the proof."""
