"""Messages of mail (RFC 5322, MIME): parts that held nothing stay byte for byte.

entities   a message or part as bytes: fields, body, the parts of a multipart
words      the value of a field as text, and back: folding, encoded words (RFC 2047)
params     parameters of Content-Type and Content-Disposition (RFC 2045, RFC 2231)
fields     the header of one entity, redacted
transfer   bodies out of their transfer encodings and charsets, and back
pointers   parts that pages point to by Content-ID
cards      calendars and business cards, whose lines are folded
emls       a message
msgs       a message of Outlook
"""
