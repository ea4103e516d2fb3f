"""The parts of the command, one module for each or for a few that belong together."""
