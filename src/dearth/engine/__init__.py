"""The week's physics: arrays in, arrays out; reads no file and knows no book."""
