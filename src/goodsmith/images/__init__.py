"""Pixels: load, measure, enlarge, cut out, compose, hold against a market's rules, find the same photo again.

Every operation is a function of an array and plain parameters, gives the picture and a report of what it did, and
needs no download. Arrays are (height, width, 3) uint8 in sRGB, alpha is (height, width) float32 from 0 to 1.
"""
