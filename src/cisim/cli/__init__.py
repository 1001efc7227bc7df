"""The command line. Nothing heavy is imported before a command that needs it is called."""
