"""Speed: the textbook loop against `models.fit`, side by side, on the device at hand."""
