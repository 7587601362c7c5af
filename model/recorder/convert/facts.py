"""What the guest's program wrote beside the trace: lines `key value...`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """About one recording."""

    kernel: str
    """The series: 6.1 or 6.12."""
    scenario: str
    release: str
    folio: str
    mapping: int
    """Address of the file's `struct address_space`."""
    frame: int
    """Number of the page frame."""
    probes: int
    refused: list[str]
    """Probes that the kernel refused, with the error."""
    lost: int
    missed: int
    kernel_threads: frozenset[int]


def read(text: str) -> Facts:
    """Reads facts; KeyError or ValueError if they are not whole."""
    said = {key: words for key, *words in (line.split() for line in text.splitlines())}
    release = said["release"][0]
    return Facts(
        kernel=".".join(release.split(".")[:2]),
        scenario=said["scenario"][0],
        release=release,
        folio=said["folio"][0],
        mapping=int(said["mapping"][0], 0),
        frame=int(said["frame"][0], 0),
        probes=int(said["probes"][0]),
        refused=said["refused"],
        lost=int(said["lost"][0]),
        missed=int(said["missed"][0]),
        kernel_threads=frozenset(map(int, said["kthreads"])),
    )
