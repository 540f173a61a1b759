"""`python -m expunct_server` is the command `expunct-server`."""

from expunct_server.cli import main

main()
