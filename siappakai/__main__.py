"""`python -m siappakai`: the command line."""

from siappakai.cli import main

main(prog_name="siappakai")
