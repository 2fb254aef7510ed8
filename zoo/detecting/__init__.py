"""What finds boxes in images: targets on a grid, the loss, decoding, suppression, and how good the boxes are."""
