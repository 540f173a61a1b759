"""Archives: each member is redacted as what it is, and a new archive is written.

members   what ZIP and TAR share: names, limits, members as documents inside
zips      ZIP
tars      TAR, plain and in gzip
reading   both as they were written, read again without the libraries that wrote them
"""
