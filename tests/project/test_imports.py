"""What may be imported without what: a bare GPU machine, a child process for bigWigs, a quick command line."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import enformer_core

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
NOT_ON_A_BARE_GPU_MACHINE = (
    "Bio",
    "click",
    "filelock",
    "huggingface_hub",
    "pandas",
    "platformdirs",
    "plotly",
    "pyBigWig",
    "pyarrow",
    "pybigtools",
    "pydantic",
    "pydantic_settings",
    "pyfaidx",
    "rapidfuzz",
    "rich",
    "starlette",
    "streamlit",
)
TENSOR_PART = (
    "enformer_core.model",
    "enformer_core.model.checkpoint",
    "enformer_core.inference.codes",
    "enformer_core.inference.onehot",
    "enformer_core.inference.device",
    "enformer_core.inference.averaging",
    "enformer_core.inference.forward",
    "enformer_core.inference.reference",
    "enformer_core.inference.trunk",
)
# What a process has that asks another one to predict: questions, answers, and all that is known of a model.
WITHOUT_THE_MODEL = (
    "enformer_core.inference.predictor",
    "enformer_core.inference.facts",
    "enformer_core.inference.jobs",
    "enformer_core.inference.kept_tiles",
    "enformer_core.inference.prediction",
    "enformer_core.inference.work",
    "enformer_core.interpret.explain",
    "enformer_core.interpret.attention_map",
    "enformer_core.interpret.deletion_scan",
    "enformer_core.interpret.mutagenesis_map",
    "enformer_core.interpret.scores",
)
HEAVY = {"torch", "pandas", "numpy", "streamlit", "plotly", "pyarrow", "pyBigWig", "pydantic", "huggingface_hub"}


def modules_of(package: str) -> list[str]:
    """Every module of a package of the repository, by its dotted name."""
    folder = REPOSITORY / package.replace(".", "/")
    files = sorted(folder.rglob("*.py"))
    names = [".".join(file.relative_to(REPOSITORY).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names]


def run_python(code: str, timeout: float = 120) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout, cwd=REPOSITORY, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def import_blocked(modules: list[str] | tuple[str, ...], blocked: tuple[str, ...], then: str = "") -> str:
    """Import modules in a process where some packages cannot be imported, and run more code there."""
    return run_python(
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        f"for name in {list(modules)!r}:\n"
        "    importlib.import_module(name)\n" + then
    )


def test_blocking_blocks() -> None:
    """The check itself: a module that needs a blocked package fails to import."""
    with pytest.raises(AssertionError, match="import of pandas halted"):
        import_blocked(["pandas"], ("pandas",))


def test_the_model_and_the_tensor_part_run_with_torch_numpy_and_safetensors_alone(tmp_path: Path) -> None:
    from weights import write_model

    folder = write_model(tmp_path / "model")
    then = f"""
from pathlib import Path
import numpy as np
from enformer_core.inference.averaging import Averaging
from enformer_core.inference.device import choose_device
from enformer_core.inference.forward import embed_window, head_values
from enformer_core.inference.codes import codes_of
from enformer_core.inference.reference import ReferenceCache
from enformer_core.inference.trunk import Trunk
from enformer_core.model import checkpoint
folder = Path({str(folder)!r})
config = checkpoint.read_config(folder)
model = checkpoint.load(folder / "model.safetensors", config).eval().to(choose_device("cpu"))
trunk = Trunk(model)
embedding = embed_window(ReferenceCache(trunk, max_bytes=0), codes_of("ACGT" * (config.input_length // 4)))
values = head_values(trunk, embedding, "human", np.array([0, 3]))
print(values.shape, len(Averaging.parse("strands").views()))
"""
    assert import_blocked(TENSOR_PART, NOT_ON_A_BARE_GPU_MACHINE, then).strip() == "(32, 2) 2"


def test_genome_and_tracks_import_without_torch_and_streamlit() -> None:
    modules = [*modules_of("enformer_core.genome"), *modules_of("enformer_core.tracks")]
    assert "enformer_core.genome.assembly" in modules
    assert "enformer_core.tracks.bigwig_read" in modules
    import_blocked(modules, ("torch", "streamlit", "safetensors"))


def test_asking_and_answers_import_without_torch() -> None:
    import_blocked(WITHOUT_THE_MODEL, ("torch", "safetensors", "streamlit"))


def test_the_core_imports_without_streamlit() -> None:
    modules = [name for name in modules_of("enformer_core") if not name.endswith("__main__")]
    import_blocked(modules, ("streamlit", "plotly"))


def test_importing_the_package_brings_nothing_heavy() -> None:
    loaded = json.loads(run_python("import json, sys, enformer_core; print(json.dumps(sorted(sys.modules)))"))
    assert "enformer_core" in loaded
    assert not HEAVY & set(loaded)


def test_an_interval_needs_no_torch_and_no_pandas() -> None:
    code = "import sys, enformer_core as ec; ec.Interval('chr1', 0, 1); ec.parse_locus('chr1:1-2'); print(*sys.modules)"
    assert not {"torch", "pandas", "numpy"} & set(run_python(code).split())


@pytest.mark.parametrize("name", enformer_core.__all__)
def test_every_public_name_resolves(name: str) -> None:
    value = getattr(enformer_core, name)
    assert value.__doc__
    assert name in dir(enformer_core)
    assert value.__module__.startswith("enformer_core.")


def test_public_names_are_the_ones_that_type_checkers_see() -> None:
    """Names are listed twice, once for type checkers and once for the interpreter."""
    tree = ast.parse(Path(enformer_core.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (alias.asname, f"{node.module}")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(enformer_core._HOME.items())


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Intervall'"):
        enformer_core.Intervall  # noqa: B018


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "--help"], ["app", "--help"], ["setup", "--help"]])
def test_help_answers_without_torch_and_pandas(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["enformer-browser", *{arguments!r}]
from enformer_core.cli import main
try:
    main()
except SystemExit as exc:
    assert exc.code == 0, exc.code
print("LOADED", *sys.modules)
"""
    text, loaded = run_python(code, timeout=20).split("LOADED")
    assert "Usage:" in text
    assert not {"torch", "pandas", "streamlit", "pyarrow"} & set(loaded.split())


def test_app_py_imports_streamlit_and_pages_alone() -> None:
    tree = ast.parse((REPOSITORY / "app.py").read_text(encoding="utf-8"))
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "").split(".")[0])
    assert "pages" in roots, "the test reads the wrong file"
    assert roots <= {"__future__", "streamlit", "pages"}


@pytest.mark.parametrize("page", sorted(p.name for p in (REPOSITORY / "pages").glob("*.py")))
def test_pages_hold_widgets_and_calls(page: str) -> None:
    """No tensors, arrays or file formats on a page: the core has them."""
    tree = ast.parse((REPOSITORY / "pages" / page).read_text(encoding="utf-8"))
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots.add((node.module or "").split(".")[0])
    assert not roots & {"torch", "numpy", "pandas", "pyBigWig", "pyfaidx"}
