"""New labelled sentences from those at hand: mixed languages, destroyed word order."""
