"""The rig page: the kiosk in the middle as a machine, its devices around it as things one can touch."""
