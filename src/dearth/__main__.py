"""``python -m dearth`` is the command ``dearth``."""

from dearth.faces.start import main

if __name__ == "__main__":
    main()
