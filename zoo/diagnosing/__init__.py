"""Does a training learn at all? Checks of a spec with its data, in seconds, before hours are spent."""
