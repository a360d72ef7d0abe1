"""Letter, News20 and Adult: known by the bytes of ``NAME.npz``, which a user makes; no source is fetched."""

from __future__ import annotations

from datasets.known import Known

letter = Known(
    "letter",
    26,
    "UCI letter recognition (Frey and Slate 1991)",
    "CC BY 4.0",
    (1 / 15,),
    digests={"34eb89f3773b5393bad5acedd8b6b6df083f79f5bbc1f08aae91fce605d07224": ""},
)
"""16 numbers of a printed letter: 20,000 records, 26 classes; no source is fetched."""
news20 = Known(
    "news20",
    20,
    "20 Newsgroups, presence of the 6,000 most frequent words",
    "none stated",
    digests={"a52c1c7537f68db0aef86ce44668e35f997d93bd6c3e2cfa9005a938371614aa": ""},
)
"""6,000 word bits of a message: 20 classes; no source is fetched."""
adult = Known(
    "adult",
    2,
    "UCI census income (Kohavi 1996)",
    "CC BY 4.0",
    digests={"4b2dfcc6cfe40693e8fd96149b5b0da0da4a5e63b84081705b102b62bbbb4ca5": ""},
)
"""Census records: 2 classes; no source is fetched."""
