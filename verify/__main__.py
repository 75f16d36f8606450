"""``python -m vestverify``."""

from vestverify.command_line import main

if __name__ == "__main__":
    main(prog_name="vestverify")
