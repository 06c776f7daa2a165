"""The commands a user types, one file each; the only place that prints."""
