from __future__ import annotations

import pytest

from enformer_core.tracks.description import parse_description


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CHIP:H3K27ac:keratinocyte female", ("CHIP", "H3K27ac", "keratinocyte female")),
        ("CHIP:CTCF:K562", ("CHIP", "CTCF", "K562")),
        ("DNASE:cerebellum male adult (27 years) and male adult (35 years)",
         ("DNASE", "", "cerebellum male adult (27 years) and male adult (35 years)")),
        ("DNASE:LNCaP clone FGC treated with 1 nM 17B-hydroxy-17-methylestra-4,9,11-trien-3-one for 12 hours",
         ("DNASE", "", "LNCaP clone FGC treated with 1 nM 17B-hydroxy-17-methylestra-4,9,11-trien-3-one for 12 hours")),
        ("DNASE:CD4-positive, alpha-beta T cell male adult (37 years)",
         ("DNASE", "", "CD4-positive, alpha-beta T cell male adult (37 years)")),
        ("DNASE:B6D2F1/J 416B", ("DNASE", "", "B6D2F1/J 416B")),
        ("CAGE:CD14+ Monocytes,", ("CAGE", "", "CD14+ Monocytes")),
        ("CAGE:Dendritic Cells - monocyte immature derived, , tech_",
         ("CAGE", "", "Dendritic Cells - monocyte immature derived")),
        ("CAGE:Whole blood (ribopure), , donation3", ("CAGE", "", "Whole blood (ribopure), donation3")),
        ("CAGE:chronic myelogenous leukemia cell line:K562",
         ("CAGE", "", "chronic myelogenous leukemia cell line:K562")),
        ("CAGE:hepatocellular carcinoma cell line: HepG2 ENCODE, biol_",
         ("CAGE", "", "hepatocellular carcinoma cell line: HepG2 ENCODE")),
        ("CHIP:.:batch1_chrom1_LoVo_ASCL2_Mouse_PassedQC / LoVo / colon adenocarcinoma",
         ("CHIP", "", "LoVo / colon adenocarcinoma")),
        ("CHIP:hHIF1A:ChIP_hHIF1A Chip-seq / U2OS cells / .", ("CHIP", "hHIF1A", "U2OS cells")),
        ("CHIP:BMAL1:BMAL1_DMSO_ChIPSeq / U2OS cells stably expressing Bmal1:Luc / "
         "osteosarcoma cell line U2OS stably expressing Bmal1:Luc",
         ("CHIP", "BMAL1", "U2OS cells stably expressing Bmal1:Luc / "
          "osteosarcoma cell line U2OS stably expressing Bmal1:Luc")),
        ("ATAC:BM1077-MCP / Bone Marrow CD34+ / pDC", ("ATAC", "", "Bone Marrow CD34+ / pDC")),
        ("ATAC:Proximal_tubule_S3-clusters_11-cluster_4", ("ATAC", "", "Proximal_tubule_S3-clusters_11-cluster_4")),
        ("CHIP:CTCF", ("CHIP", "CTCF", "")),
        ("chip:CTCF:K562", ("CHIP", "CTCF", "K562")),
        ("simulated promoter", ("", "", "simulated promoter")),
        ("my own: a text", ("", "", "my own: a text")),
        ("", ("", "", "")),
        (":", ("", "", ":")),
    ],
)  # fmt: skip
def test_parts(text: str, expected: tuple[str, str, str]) -> None:
    assert parse_description(text) == expected
