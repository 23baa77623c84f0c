"""``python -m dearth`` is the command ``dearth``."""

from dearth.faces.cli import main

if __name__ == "__main__":
    main()
