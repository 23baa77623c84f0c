"""The only floor that speaks to people: command line, files, report."""
