"""Stores described in Python: a reader that judges and a builder that makes (and damages) images.

Nothing here shares a line or a table with the library under test.

    reader     Store, content, items, judge, judge_layers: what is in a file, and whether it is sound
    builder    store(fmt, ...) -> Image: a complete store made from nothing
    damage     Image: an image and where everything in it is, to be damaged on purpose
    draft      Draft: a store before it is written, to be damaged above the node database
    heaps      heaps, properties and tables, of an image or a draft
    format     the numbers of the three formats, used by both sides
"""
