"""Finished pages, kept in the memory of each process and given again while nothing has changed that they depend on.

revision    what the database says: a number that is new after every change of content
keys        what a page depends on besides: the request
store       the pages, ready compressed, within bounds
middleware  answers from the store before anything else is asked

Nothing is invalidated by hand: a change makes a new key, and the pages under old keys fall out.
"""
