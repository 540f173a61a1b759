"""Compound files (MS-CFB): a file system in one file, of storages and streams, in which Outlook keeps messages.

tree       a storage with what is in it, and the order of names
reading    a file as a tree; whatever no stream holds is not read
writing    a tree as a file, all of it new
"""
