"""What stands in for the outside world: device models, the rig, the disk that forgets. Never imported by `terminal`."""
