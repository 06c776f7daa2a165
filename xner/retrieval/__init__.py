"""Whether a word's neighbours are labelled as it is: what a label can be relied on.

Name on the command line -> where it lives.
"""

INDEXES: dict[str, str] = {
    "flat": "xner.retrieval.flat:Flat",
    "hnsw": "xner.retrieval.hnsw:Hnsw",
    "ivf": "xner.retrieval.ivf:Ivf",
}
