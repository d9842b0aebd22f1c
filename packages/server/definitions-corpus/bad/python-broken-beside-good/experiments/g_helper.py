from ._broken import value
