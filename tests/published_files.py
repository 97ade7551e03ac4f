"""Small files as their publishers would have them, a manifest of sources that names them, and a server of them."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import worlds
from weights import TINY_CONFIG, reactive_state

from enformer_core.fetching.policy import Policy

#: What lets a test ask its own server.
POLICY = Policy(schemes=frozenset({"http"}), private_hosts=frozenset({"127.0.0.1"}), sleep=lambda seconds: None)
FASTA, GENES, ALIASES = "tiny.fa.gz", "tiny.gtf.gz", "names.txt"
WEIGHTS, CONFIG, TRACKS = "pytorch_model.bin", "config.json", "targets_human.txt"
ROLES = {FASTA: "fasta", GENES: "genes", ALIASES: "aliases", WEIGHTS: "weights", CONFIG: "config", TRACKS: "tracks"}
OF = {"hg38": (FASTA, GENES, ALIASES), "weights": (WEIGHTS, CONFIG, TRACKS)}


def publish(folder: Path, world: worlds.World) -> Path:
    """Write what could be fetched: the world's genome under contig names that no known assembly has, and its model."""
    folder.mkdir()
    (folder / FASTA).write_bytes(_gzip(world.fasta.read_text().replace(">chr", ">toy")))
    (folder / GENES).write_bytes(_gzip(world.genes.read_text().replace("chr1\t", "toy1\t").replace("chr2\t", "toy2\t")))
    header = "symbol\talias_symbol\tprev_symbol\tensembl_gene_id\n"
    (folder / ALIASES).write_text(f"{header}ALFA1\tALPHA\tOLDALFA\tENSG00000000001\n")
    torch.save(reactive_state(TINY_CONFIG), folder / WEIGHTS)
    (folder / CONFIG).write_text(TINY_CONFIG.to_json())
    (folder / TRACKS).write_bytes((world.model / TRACKS).read_bytes())
    return folder


def manifest(file: Path, published: Path, address: str, *, room: int = 1_000, **changes: dict[str, object]) -> Path:
    """Write a manifest of sources for what is published.

    Args:
        file: Where to.
        published: The folder of ``publish``.
        address: Where the files are, such as ``http://127.0.0.1:1234``.
        room: What a set-up says that it needs, in bytes.
        changes: By role, keys to change; None leaves one out.
    """
    lines = ["schema = 1"]
    for recipe, names in OF.items():
        kind, name = ("assembly", "hg38") if recipe == "hg38" else ("model", "enformer")
        lines += [f"[{recipe}]", f'kind = "{kind}"', f'registered_as = "{name}"', 'about = "Small"', f"room = {room}"]
        lines += ['trained_on = "hg38"'] if kind == "model" else []
        for file_name in names:
            content = (published / file_name).read_bytes()
            facts = {"role": ROLES[file_name], "name": file_name, "what": "a file", "urls": [f"{address}/{file_name}"]}
            facts |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "terms": "CC0"}
            facts |= changes.get(ROLES[file_name], {})
            lines += [f"[[{recipe}.files]]"]
            lines += [f"{key} = {json.dumps(value)}" for key, value in facts.items() if value is not None]
    file.write_text("\n".join(lines) + "\n")
    return file


@dataclass
class Server:
    """Its address, and the paths that it was asked for."""

    address: str
    asked: list[str]


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve a folder on this machine."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)
