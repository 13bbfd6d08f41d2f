"""Work that goes on while an outside service prepares its next answer."""

from concurrent.futures import ThreadPoolExecutor

_END = object()


def read_ahead(answers):
    """Yield the answers of an iterator, the next one being fetched meanwhile.

    The iterator goes on in a thread of its own, one answer ahead: it must not touch
    records. What it raises is raised here, in its turn.

    :param answers: an iterator whose steps wait for a service
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(next, answers, _END)
        while (answer := ahead.result()) is not _END:
            ahead = pool.submit(next, answers, _END)
            yield answer
