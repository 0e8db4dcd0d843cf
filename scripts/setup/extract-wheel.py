"""Takes the named parts out of a wheel: extract-wheel.py WHEEL FOLDER PREFIX... (a prefix is a path or the start of one)."""

import sys
import zipfile

wheel, folder, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    wanted = [name for name in archive.namelist() if name.startswith(tuple(prefixes))]
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in wanted):
            sys.exit(f"{wheel} holds nothing under {prefix}")
    for name in wanted:
        archive.extract(name, folder)  # checks the CRC of each file
