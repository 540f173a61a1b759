"""Detection by a language model behind an endpoint that the operator allows: off unless a policy asks for it.

    endpoint   who is asked: address, model, key
    types      what is asked for: entity types in words, and the names that models give them
    prompt     how it is asked and what counts as an answer
    asking     the request, its tries and its time
    sheet      the text as it is sent: values below their names, in windows that overlap
    align      where in the text that stands which the model named
    finding    all of them together: `find`, and `running`, which notes what was sent

What the model says can only add findings, of types that were asked for, where the named text really stands. It decides
on nothing else: the text that it reads may have been written to mislead it.
"""

from expunct_server.redaction.llm.endpoint import Llm
from expunct_server.redaction.llm.finding import find
from expunct_server.redaction.llm.run import Run, Used, running

__all__ = ["Llm", "Run", "Used", "find", "running"]
