"""Other engines on the labelled questions, run in the same way: `python -m tests.benchmarks.engines [FILE ...]`.

Each ranks what can be quoted of the asker's own protocol (clauses and bullets) for each question that it speaks to. The texts
are the words with their lead and headings, stemmed, unless said otherwise. Printed is how often the right clause or
bullet comes first, and among the first three.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import bm25s
import numpy as np
import tantivy
from rank_bm25 import BM25Okapi

from bot.answering import Answerer
from bot.evaluating import Labelled, Share, matches
from bot.library import build_answerer, open_library
from bot.terminal.asking import read_objects
from knowledge.model import CouncilProtocol, Reference
from knowledge.text import tokens

DEVELOPMENT = Path(__file__).parent.parent / "questions" / "development.jsonl"

Ranker = Callable[[str], Sequence[int]]
"""From a question to the places of the best texts."""


def _context(protocol: CouncilProtocol, reference: Reference) -> str:
    clause = protocol.by_number[reference.number.text]
    return " ".join([clause.words_of(reference.item), clause.lead_of(reference.item) or "", *clause.heading])


def _bm25_plain(protocol: CouncilProtocol, references: Sequence[Reference]) -> Ranker:
    texts = [protocol.by_number[one.number.text].words_of(one.item).split() for one in references]
    ranker = BM25Okapi([text or [""] for text in texts])
    return lambda question: np.argsort(-ranker.get_scores(question.split()), kind="stable")[:3].tolist()


def _bm25_stemmed(protocol: CouncilProtocol, references: Sequence[Reference]) -> Ranker:
    ranker = BM25Okapi([tokens(_context(protocol, one)) or [""] for one in references])
    return lambda question: np.argsort(-ranker.get_scores(tokens(question)), kind="stable")[:3].tolist()


def _bm25s(protocol: CouncilProtocol, references: Sequence[Reference]) -> Ranker:
    ranker = bm25s.BM25()
    ranker.index([tokens(_context(protocol, one)) or [""] for one in references], show_progress=False)
    known = set(ranker.vocab_dict)

    def rank(question: str) -> Sequence[int]:
        query = [word for word in tokens(question) if word in known]
        return ranker.retrieve([query], k=3, show_progress=False)[0][0].tolist() if query else []

    return rank


def _tantivy(protocol: CouncilProtocol, references: Sequence[Reference]) -> Ranker:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("text", tokenizer_name="en_stem")
    schema.add_unsigned_field("place", stored=True)
    index = tantivy.Index(schema.build())
    writer = index.writer(heap_size=15_000_000, num_threads=1)
    for place, one in enumerate(references):
        writer.add_document(tantivy.Document(text=_context(protocol, one), place=place))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(question: str) -> Sequence[int]:
        query = index.parse_query(" ".join(tokens(question)).replace("'", " ") or "nothing", ["text"])
        return [searcher.doc(address)["place"][0] for _, address in searcher.search(query, 3).hits]

    return rank


ENGINES = {
    "rank-bm25, words as typed": _bm25_plain,
    "rank-bm25, stemmed, with lead and headings": _bm25_stemmed,
    "bm25s, the same": _bm25s,
    "tantivy, the same": _tantivy,
}


def main() -> None:
    """Print a table for each file."""
    answerer = build_answerer(open_library(None))
    for path in [Path(name) for name in sys.argv[1:]] or [DEVELOPMENT]:
        lines = read_objects(path)
        questions = [Labelled.read(values, place, date(2026, 1, 1)) for place, values in enumerate(lines, 1)]
        print(f"\n{path.name}: right clause or bullet of the own protocol first, and among the first three")
        for name, build in ENGINES.items():
            first, three = _marks(build, questions, answerer)
            print(f"{name:<45} {first}   {three}")


def _marks(
    build: Callable[[CouncilProtocol, Sequence[Reference]], Ranker], questions: Sequence[Labelled], answerer: Answerer
) -> tuple[Share, Share]:
    rankers: dict[str, tuple[Sequence[Reference], Ranker]] = {}
    firsts, threes = [], []
    for labelled in questions:
        slug = labelled.question.council
        if not any(gold.protocol == slug for gold in labelled.gold):
            continue
        if slug not in rankers:
            protocol = answerer.council(slug).protocol
            references = tuple(protocol.references())
            rankers[slug] = (references, build(protocol, references))
        references, rank = rankers[slug]
        right = [matches(references[place], labelled.gold, answerer) for place in rank(labelled.question.text)]
        firsts.append(right[:1] == [True])
        threes.append(any(right))
    return Share(sum(firsts), len(firsts)), Share(sum(threes), len(threes))


if __name__ == "__main__":
    main()
