"""Bad input through the page: a world with corners, a page that many questions are put to, and how a refusal looks."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import worlds
from app_driver import ask, charts, errors, html, plain, settled, upload, view
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.errors import MAX_SHOWN
from pages._ui.state import Session

GOOD = "chr1:20,001-24,096"
# Contigs beside those of the usual world; the bases of chrN are unknown.
CORNERS = {"chrX": 20_000, "chrY": 20_000, "chrM": 9_000, "chrN": 20_000, "chrUn_KI270302v1": 2_274}
# symbol, gene id, chrom, start, end, 0-based; each of one exon on the forward strand
GENES = (
    ("TP53", "ENSG00000141510.18", "chr1", 16_000, 17_000),
    ("SEPTIN1", "ENSG00000180096.15", "chr2", 16_000, 17_000),
    ("SEPTIN2", "ENSG00000168385.17", "chr2", 20_000, 21_000),
    ("CRLF2", "ENSG00000205755.12", "chrX", 10_000, 11_000),
    ("CRLF2", "ENSG00000205755.12_PAR_Y", "chrY", 10_000, 11_000),
)
HGNC = "symbol\talias_symbol\tprev_symbol\nTP53\tP53|LFS1\t\nSEPTIN1\tLARP\tSEPT1\nSEPTIN2\t\tSEPT2\n"
# What Markdown could make a link, a tag, code, a formula or a list of, where nothing takes its meaning away.
_ESCAPED, _ACTIVE = re.compile(r"\\[!-/:-@\[-`{-~]"), re.compile(r"[<>\[\]`$_#|~{}]")


@dataclass(frozen=True)
class Corners:
    """The usual world with more contigs and genes; ``bases`` are upper case."""

    model: Path
    fasta: Path
    genes: Path
    aliases: Path
    experiment: Path
    bases: dict[str, str]

    def environment(self) -> dict[str, str]:
        """What makes the app start with it."""
        return {
            "ENFORMER_MODEL": str(self.model),
            "ENFORMER_ASSEMBLY": str(self.fasta),
            "ENFORMER_GENES": str(self.genes),
            "ENFORMER_ALIASES": str(self.aliases),
        }

    def base(self, position: int, chrom: str = "chr1") -> str:
        """The reference base at a 1-based position."""
        return self.bases[chrom][position - 1]

    def other(self, position: int, chrom: str = "chr1") -> str:
        """A base that is not there."""
        return "ACGT"[("ACGT".index(self.base(position, chrom)) + 1) % 4]


def build(folder: Path, world: worlds.World) -> Corners:
    """Write it: a genome that by its file's name is a part of hg38, so that hg19 is another assembly."""
    length = sum(CORNERS.values())
    letters = (world.bases["chr1"] + world.bases["chr2"])[-length:]
    bases = dict(world.bases)
    for name, size in CORNERS.items():
        bases[name], letters = ("N" * size if name == "chrN" else letters[:size]), letters[size:]
    fasta, genes, aliases = folder / "hg38.part.fa", folder / "genes.gtf", folder / "hgnc.tsv"
    worlds.write_fasta(fasta, bases)
    genes.write_text(world.genes.read_text() + "".join(_gtf(*gene) for gene in GENES))
    aliases.write_text(HGNC)
    return Corners(world.model, fasta, genes, aliases, world.experiment, bases)


def fresh(app: AppTest) -> AppTest:
    """The page as a new visitor has it, without the second that opening another would take."""
    before = app.session_state["browser"]
    app.session_state["browser"] = Session(uploader=before.uploader + 1)
    if "search-visits" in app.session_state:
        del app.session_state["search-visits"]
    app.query_params.clear()
    return app


def refused(app: AppTest, text: str) -> str:
    """Ask something that is refused: one message, no picture; the message as a reader sees it."""
    ask(app, text)
    assert not charts(app), text
    return said(app)


def said(app: AppTest) -> str:
    """The one message of the page, which does nothing but say something."""
    assert not app.exception
    (error,) = app.error
    assert not _ACTIVE.search(_ESCAPED.sub("", error.value)), error.value
    assert all(c.isprintable() for c in error.value), error.value
    assert len(error.value) < 12 * MAX_SHOWN
    message = errors(app)
    assert "Traceback" not in message
    return message


def drawn(app: AppTest, text: str) -> AppTest:
    """Ask something that is answered with a picture, without an error."""
    ask(app, text)
    assert not app.error, (text, errors(app))
    assert charts(app), text
    return app


def goes_on(app: AppTest) -> None:
    """The page answers the next good question."""
    assert view(drawn(app, GOOD))["place"] == GOOD


def still_answers(app: AppTest) -> None:
    """As ``goes_on``, where the last thing that was said stays: a file that was not taken."""
    ask(ask(app, "BETA2"), GOOD)
    assert not app.exception
    assert view(app)["place"] == GOOD


def ways(app: AppTest) -> list[str]:
    """What is offered instead, on buttons."""
    return [plain(button.label) for button in app.button if (button.key or "").startswith("way-")]


def take(app: AppTest, way: str) -> AppTest:
    """Press one of these buttons."""
    button = next(b for b in app.button if (b.key or "").startswith("way-") and plain(b.label) == way)
    return settled(button.click().run())


def notes(app: AppTest) -> str:
    """What is said about a window, quietly or aloud, as a reader sees it."""
    quiet = re.findall(r'<div class="eb-note"[^>]*>(.*?)</div>', html(app), flags=re.DOTALL)
    texts = [unescape(re.sub(r"<[^>]+>", "", note)) for note in quiet]
    return "\n".join([*texts, *(plain(warning.value) for warning in app.warning)])


def in_python(predictor: ec.Predictor, text: str) -> ec.EnformerError:
    """What Python raises for the same question."""
    try:
        predictor.window(text)
    except ec.EnformerError as error:
        return error
    raise AssertionError(f"Python takes {text[:80]!r}")


def on_the_command_line(*arguments: str) -> tuple[int, str]:
    """The exit code of ``enformer-browser``, and the last line of what it says."""
    with redirect_stderr(io.StringIO()) as said_there:
        code = exit_with(lambda: cli(list(arguments), standalone_mode=False))
    return code, said_there.getvalue().strip().splitlines()[-1]


def same_words(message: str, error: ec.EnformerError) -> None:
    """The page says what Python says; it begins its sentences with a capital."""
    shown = message.lower()
    for part in (error.what, error.where, error.hint):
        assert part.lower() in shown, (part, message)


def uploaded(app: AppTest, content: bytes, name: str) -> str:
    """Upload something that is refused: the message, with nothing kept and nothing compared."""
    upload(app.run(), content, name)
    state = app.session_state["browser"]
    assert not state.experiments
    assert not list(state.upload_folder().iterdir())
    return said(app)


def _gtf(symbol: str, gene: str, chrom: str, start: int, end: int) -> str:
    transcript = gene.replace("ENSG", "ENST")
    shared = f'gene_id "{gene}"; gene_name "{symbol}"; gene_type "protein_coding";'
    more = f'{shared} transcript_id "{transcript}"; transcript_type "protein_coding"; tag "MANE_Select";'
    rows = (("gene", shared), ("transcript", more), ("exon", more))
    return "".join(f"{chrom}\ttest\t{kind}\t{start + 1}\t{end}\t.\t+\t.\t{about}\n" for kind, about in rows)
