"""Documents whose readers are written in C or meet hostile structure: each in a process of its own, with limits.

    limits     how much memory, time and output one document may take
    wire       what the two processes say to each other: frames of JSON, never pickles
    work       what a format's module is given there: texts to be redacted, places to be told, documents inside
    forms      texts redacted with what they say in another form: escaped, or carried as data, of which contents
               says what it is, and base64s which lines are one
    following  texts there that are read one after the other: what goes on from one to the next
    child      that process
    confinement  what it cannot reach: the network, and files; probing tries whether it holds
    starter    the program that forks it; processes asks for that
    kept       what became of the same bytes before, or was seen on the same pixels, for the time of one document
    parent     this side: searches the texts that it asks about, ends it when it takes too much

A format is a module with two functions, named in `formats.FORMATS`:

    redact(work)   reads `work.source` and writes the redacted document to `work.target`
    texts(work)    yields all that the written document says, read by another library than the one that wrote it

and, where it has pages that can be shown, a third:

    preview(work, page, marks)   writes the page to `work.target` as a PNG, with the marks drawn on it

The first runs twice, once to learn all values that have to go (`redaction.removed`), once to remove each wherever the
document says it. Then the second is asked, in a new process, and whatever is left fails the document.
"""
