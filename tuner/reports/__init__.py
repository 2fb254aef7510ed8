"""What a study tells those who look at it: lists, pictures, files for other programs. They read and never write it."""
